LIMIT = 3


def many(count: int) -> bool:
    """Says whether it is many."""
    return 3 < count
