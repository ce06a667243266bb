def f(a):
    x = go(a)
    repr(x)
    return a
