class Shelf:
    def put(self, item: object) -> None:
        raise TypeError(item)
