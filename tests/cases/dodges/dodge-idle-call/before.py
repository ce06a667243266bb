def f(a):
    x = go(a)
    return a
