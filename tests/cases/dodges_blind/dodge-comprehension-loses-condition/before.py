"""Prices of parts."""


def cheap(parts: list[str], prices: dict[str, float]) -> list[str]:
    """Returns the parts below a limit."""
    found = []
    for part in parts:
        if prices[part] < 10 and not part.startswith("_"):
            found.append(part.upper())
    return found


def doubled(numbers: list[int]) -> list[int]:
    """Returns everything twice as large."""
    out = []
    for number in numbers:
        out.append(number * 2)
    return out


def by_price(prices: dict[str, float]) -> dict[float, str]:
    """Returns the parts by their price."""
    result: dict[float, str] = {}
    for part, price in prices.items():
        if price > 0:
            result[price] = part
    return result
