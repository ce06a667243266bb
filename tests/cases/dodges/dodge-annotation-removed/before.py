def f(x: int) -> int:
    return str(x)
