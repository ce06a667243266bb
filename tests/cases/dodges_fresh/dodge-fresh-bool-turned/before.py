def big(a: int) -> bool:
    """Says it."""
    if a > 10:
        return False
    else:
        return True
