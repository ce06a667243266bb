def f(a):
    a.b.c = 1
    go(a)
