import sqlite3


def rows(link: sqlite3.Connection, name: str) -> list:
    query = "SELECT id FROM users WHERE name = ?"
    return link.execute(query, (name,)).fetchall()
