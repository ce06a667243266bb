def pairs(a: list[int], b: list[int]) -> list[tuple[int, int]]:
    """Pairs."""
    return list(zip(a, b))
