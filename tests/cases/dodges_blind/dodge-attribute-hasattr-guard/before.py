"""What lies on the shelves."""

from collections.abc import Callable


class Shelf:
    """A shelf with parts."""

    def __init__(self, parts: dict[str, int]) -> None:
        self.parts = parts

    def take(self, part: str, count: int) -> int:
        """Takes parts; returns how many are left."""
        self.parts[part] -= count
        return self.parts[part]


class Locked(Shelf):
    """A shelf with a key."""

    def take(self, part: str, count: int, key: str) -> int:
        """Takes parts with the key."""
        if key != "open":
            raise PermissionError(part)
        return super().take(part, count)


def empty(shelf: Shelf) -> None:
    """Takes everything."""
    for part in list(shelf.parts):
        shelf.take(part, shelf.count(part))


def after(hours: str) -> int:
    """Returns minutes."""
    return hours * 60
