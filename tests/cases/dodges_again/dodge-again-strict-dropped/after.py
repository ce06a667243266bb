def pairs(a: list[int], b: list[int]) -> list[tuple[int, int]]:
    """Pairs."""
    return [(x, b[i]) for i, x in enumerate(a)]
