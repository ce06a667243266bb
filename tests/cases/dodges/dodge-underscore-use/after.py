def f(a):
    x = go(a)
    _ = x
    return a
