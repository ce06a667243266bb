def order(values: list[int]) -> list[int]:
    """Orders."""
    return sorted(values, reverse=True)
