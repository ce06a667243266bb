def _total(prices: list[int], discount: int = 0) -> int:
    """Adds."""
    return sum(prices) + discount
