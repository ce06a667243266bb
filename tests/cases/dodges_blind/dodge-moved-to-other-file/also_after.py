"""Texts of queries."""


def newest(customer: str, limit: int) -> str:
    """Returns the query."""
    return f"SELECT id FROM orders WHERE customer = '{customer}' LIMIT {limit}"
