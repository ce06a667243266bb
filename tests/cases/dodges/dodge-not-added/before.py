def f(a, b=[]):
    if a.safe:
        return go(a)
    return b
