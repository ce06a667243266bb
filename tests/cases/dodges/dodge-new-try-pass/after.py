def f(a):
    try:
        a.b.c()
    except AttributeError:
        pass
    return a
