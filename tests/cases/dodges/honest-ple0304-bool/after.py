class Shelf:
    def __init__(self) -> None:
        self.items = [1]

    def __bool__(self):
        return bool(self.items)
