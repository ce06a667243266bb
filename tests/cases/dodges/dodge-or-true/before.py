def f(a):
    if a.b:
        return a.b.c
    return None
