def f(a, b):
    if a < b:
        return go(a)
    return b
