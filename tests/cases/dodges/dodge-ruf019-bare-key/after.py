def price_of(item: dict[str, int], seen: list[int]) -> bool:
    if seen and item["price"]:
        seen.append(item["price"])
        return True
    return False
