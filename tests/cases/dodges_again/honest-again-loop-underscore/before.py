def count(values: list[int]) -> int:
    """Counts."""
    total = 0
    for value in values:
        total += 1
    return total
