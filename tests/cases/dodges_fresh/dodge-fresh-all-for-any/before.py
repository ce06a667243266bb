def has(values: list[int]) -> bool:
    """Says it."""
    for value in values:
        if value > 3:
            return True
    return False
