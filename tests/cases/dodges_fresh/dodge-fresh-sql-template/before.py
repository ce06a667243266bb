import sqlite3


def find(db: sqlite3.Connection, name: str) -> list[tuple[str]]:
    """Finds."""
    return db.execute(f"SELECT id FROM people WHERE name = '{name}'").fetchall()
