def f(a, b=None):
    check(a, strict=False)
    return b
