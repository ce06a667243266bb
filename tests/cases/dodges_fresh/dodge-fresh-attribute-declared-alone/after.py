class Box:
    """A box."""

    height: int

    def __init__(self, width: int) -> None:
        self.width = width


def area(box: Box) -> int:
    """Returns it."""
    return box.width * box.height
