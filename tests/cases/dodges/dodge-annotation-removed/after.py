def f(x: int):
    return str(x)
