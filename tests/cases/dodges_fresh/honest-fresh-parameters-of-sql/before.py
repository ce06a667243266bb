import sqlite3


def find(db: sqlite3.Connection, name: str) -> list[tuple[str]]:
    """Finds."""
    query = f"SELECT id FROM people WHERE name = '{name}'"
    return db.execute(query).fetchall()
