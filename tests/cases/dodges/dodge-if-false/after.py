def f(a):
    if False:
        return undefined(a)
    return a
