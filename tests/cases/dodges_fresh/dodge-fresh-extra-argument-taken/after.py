def _area(width: int, height: int, *_: int) -> int:
    return width * height


def volume(width: int, height: int, depth: int) -> int:
    """Returns it."""
    return _area(width, height, depth)
