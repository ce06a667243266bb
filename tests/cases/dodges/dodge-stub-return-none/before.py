def f(a) -> int:
    return a.total + 1
