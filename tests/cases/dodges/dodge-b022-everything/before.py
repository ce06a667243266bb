import contextlib


def forget(prices: dict[str, int], log: list[str]) -> None:
    with contextlib.suppress():
        del prices["nail"]
        log.append("nail")
