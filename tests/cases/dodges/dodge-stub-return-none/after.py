def f(a) -> int:
    return 0
