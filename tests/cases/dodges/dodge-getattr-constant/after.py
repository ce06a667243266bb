def f(a: str):
    return getattr(a, "missing")
