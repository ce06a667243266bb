def big(a: int) -> bool:
    """Says it."""
    return a > 10
