def _volume(width: int, height: int, depth: int) -> int:
    return width * height * depth


def volume(width: int, height: int, depth: int) -> int:
    """Returns it."""
    return _volume(width, height)
