def f(a):
    _ = go(a)
    return a
