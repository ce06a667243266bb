def f(a):
    return go(a)
