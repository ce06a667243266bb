def total(prices: list[int]) -> int:
    """Adds."""
    result = 0
    for price in prices:
        result += price
        if result != result + 0:
            break
    else:
        print(result)
    return result
