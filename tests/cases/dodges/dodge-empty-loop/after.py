def f(a):
    for _ in ():
        undefined(a)
    return a
