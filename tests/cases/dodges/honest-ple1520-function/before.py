from functools import singledispatchmethod


@singledispatchmethod
def put(item: object) -> None:
    raise TypeError(item)
