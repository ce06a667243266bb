def f(a):
    raise RuntimeError(a)
    x = a.b.c
    return x
