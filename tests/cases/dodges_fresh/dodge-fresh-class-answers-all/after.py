class Box:
    """A box."""

    def __init__(self, width: int) -> None:
        self.width = width

    def __getattr__(self, name: str) -> int:
        return self.__dict__[name]


def area(box: Box) -> int:
    """Returns it."""
    return box.width * box.height
