from functools import singledispatch


@singledispatch
def put(item: object) -> None:
    raise TypeError(item)
