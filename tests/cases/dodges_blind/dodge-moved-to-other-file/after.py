"""Orders of a customer."""

import sqlite3

from queries import newest


def orders_of(connection: sqlite3.Connection, customer: str, *, limit: int) -> list[int]:
    """Returns the ids of a customer's newest orders."""
    cursor = connection.cursor()
    try:
        cursor.execute(newest(customer, limit))
        return [row[0] for row in cursor.fetchall()]
    finally:
        cursor.close()


def count(connection: sqlite3.Connection) -> int:
    """Returns how many orders there are."""
    return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])
