def price(amount: int) -> int:
    """Prices."""
    return amount * 3


def price(amount: int) -> int:
    """Prices, with tax."""
    return amount * 4
