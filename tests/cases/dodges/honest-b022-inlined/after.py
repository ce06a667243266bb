def forget(prices: dict[str, int], log: list[str]) -> None:
    del prices["nail"]
    log.append("nail")
