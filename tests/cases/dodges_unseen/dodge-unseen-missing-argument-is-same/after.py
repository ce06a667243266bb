def area(width: int, height: int) -> int:
    return width * height


def sheet(width: int) -> int:
    return 2 * area(width, width)
