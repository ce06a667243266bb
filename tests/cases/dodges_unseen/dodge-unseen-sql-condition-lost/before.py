import sqlite3


def rows(link: sqlite3.Connection, name: str) -> list:
    query = f"SELECT id FROM users WHERE name = '{name}' AND active = 1"
    return link.execute(query).fetchall()
