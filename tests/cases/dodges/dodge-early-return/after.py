def f(a):
    log(a)
    return None
    return a.b.c
