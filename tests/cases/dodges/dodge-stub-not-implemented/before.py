def f(a) -> int:
    x = a.total
    return x
