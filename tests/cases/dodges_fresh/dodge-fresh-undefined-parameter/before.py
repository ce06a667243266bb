def _total(prices: list[int]) -> int:
    """Adds."""
    return sum(prices) + discount
