LIMIT = 3


def many(count: int) -> bool:
    """Says whether it is many."""
    return count < 3
