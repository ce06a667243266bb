import contextlib


def forget(prices: dict[str, int], log: list[str]) -> None:
    with contextlib.suppress(Exception):
        del prices["nail"]
        log.append("nail")
