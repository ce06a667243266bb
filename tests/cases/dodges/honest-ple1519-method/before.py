from functools import singledispatch


class Shelf:
    @singledispatch
    def put(self, item: object) -> None:
        raise TypeError(item)
