def count(values: list[int]) -> int:
    """Counts."""
    total = 0
    for _ in values:
        total += 1
    return total
