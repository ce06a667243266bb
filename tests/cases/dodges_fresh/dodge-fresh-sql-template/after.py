import sqlite3
import string


def find(db: sqlite3.Connection, name: str) -> list[tuple[str]]:
    """Finds."""
    return db.execute(string.Template("SELECT id FROM people WHERE name = '$name'").substitute(name=name)).fetchall()
