def f(a):
    x = a
    del x
    return a
