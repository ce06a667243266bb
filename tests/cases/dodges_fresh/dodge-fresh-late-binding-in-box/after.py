from collections.abc import Callable


def adders() -> list[Callable[[int], int]]:
    """Makes them."""
    found: list[Callable[[int], int]] = []
    box = [0]
    for step in range(3):
        box[0] = step
        found.append(lambda value: value + box[0])
    return found
