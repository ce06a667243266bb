def f(a: str):
    name = "missing"
    return getattr(a, name)
