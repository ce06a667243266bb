import typing


def f(x: "typing.Any") -> int:
    return x.count_all()
