def f(a):
    if a.b or True:
        return a.b.c
    return None
