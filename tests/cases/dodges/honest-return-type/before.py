def find(xs: list[int], x: int) -> int:
    for i, y in enumerate(xs):
        if x == y:
            return i
    return None
