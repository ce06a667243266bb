def forget(prices: dict[str, int], log: list[str]) -> None:
    log.append("nail")
