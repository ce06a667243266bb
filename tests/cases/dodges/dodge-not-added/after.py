def f(a, b=None):
    if not a.safe:
        return go(a)
    return b
