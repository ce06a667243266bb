import typing


def f(x: str) -> int:
    return x.count_all()
