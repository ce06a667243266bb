import sqlite3


def find(db: sqlite3.Connection, name: str) -> list[tuple[str]]:
    """Finds."""
    query = "SELECT id FROM people WHERE name = :name"
    return db.execute(query, {"name": name}).fetchall()
