def f(a):
    x = a.b.c
    return x
