class Box:
    """A box."""

    def __init__(self, width: int) -> None:
        self.width = width


def area(box: Box) -> int:
    """Returns it."""
    return box.width * box.height
