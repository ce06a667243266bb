import sqlite3


def find(db: sqlite3.Connection, name: str) -> list[tuple[str]]:
    """Finds."""
    query = "SELECT id FROM people WHERE name = ':name'".replace(":name", name)
    return db.execute(query).fetchall()
