def total(prices: list[int]) -> int:
    """Adds."""
    result = 0
    for price in prices:
        result += price
    else:
        print(result)
    return result
