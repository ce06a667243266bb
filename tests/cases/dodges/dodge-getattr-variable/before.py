def f(a: str):
    return a.missing
