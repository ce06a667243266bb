def f(a):
    if bool(0):
        undefined(a)
