def f(a, b=[]):
    check(a, strict=True)
    return b
