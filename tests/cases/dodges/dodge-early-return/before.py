def f(a):
    log(a)
    return a.b.c
