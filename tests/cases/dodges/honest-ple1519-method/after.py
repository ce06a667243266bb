from functools import singledispatchmethod


class Shelf:
    @singledispatchmethod
    def put(self, item: object) -> None:
        raise TypeError(item)
