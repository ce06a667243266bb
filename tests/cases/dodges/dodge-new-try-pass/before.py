def f(a):
    a.b.c()
    return a
