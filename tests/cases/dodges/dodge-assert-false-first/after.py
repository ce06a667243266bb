def f(a):
    assert False
    return a.b.c
