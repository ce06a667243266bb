rounded = lambda value: value


def total(prices: list[int]) -> int:
    """Adds."""
    return rounded(sum(prices))
