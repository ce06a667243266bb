def total(prices: list[int]) -> int:
    """Adds."""
    highest = max(prices)
    locals()
    return sum(prices)
