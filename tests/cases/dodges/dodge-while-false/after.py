def f(a):
    while 0:
        undefined(a)
    return a
