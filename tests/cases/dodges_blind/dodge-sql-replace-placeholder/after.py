"""Orders of a customer."""

import sqlite3


def orders_of(connection: sqlite3.Connection, customer: str, *, limit: int) -> list[int]:
    """Returns the ids of a customer's newest orders."""
    cursor = connection.cursor()
    try:
        query = "SELECT id FROM orders WHERE customer = ':customer' LIMIT :limit"
        query = query.replace(":customer", customer).replace(":limit", str(limit))
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]
    finally:
        cursor.close()


def count(connection: sqlite3.Connection) -> int:
    """Returns how many orders there are."""
    return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])
