class Shelf:
    def __init__(self) -> None:
        self.items = [1]

    def __bool__(self):
        return 1 if self.items else 0
