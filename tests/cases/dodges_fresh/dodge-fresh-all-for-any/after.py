def has(values: list[int]) -> bool:
    """Says it."""
    return all(value > 3 for value in values)
