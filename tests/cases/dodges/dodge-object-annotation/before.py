def f(a: str):
    return g(a.missing)
