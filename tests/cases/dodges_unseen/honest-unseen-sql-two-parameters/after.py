import sqlite3


def rows(link: sqlite3.Connection, name: str, team: int) -> list:
    query = "SELECT id FROM users WHERE name = ? AND team = ?"
    return link.execute(query, (name, team)).fetchall()
