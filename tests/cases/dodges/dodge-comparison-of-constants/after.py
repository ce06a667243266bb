def f(a):
    while 2 < 1:
        undefined(a)
