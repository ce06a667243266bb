import sqlite3


def rows(link: sqlite3.Connection, name: str, team: int) -> list:
    query = f"SELECT id FROM users WHERE name = '{name}' AND team = {team}"
    return link.execute(query).fetchall()
