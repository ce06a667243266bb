def f(a):
    x = a
    return a
