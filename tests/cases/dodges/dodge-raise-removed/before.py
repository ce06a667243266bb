def f(a: int) -> int:
    if a < 0:
        raise ValueError(a)
    return a
