def f(a):
    if not __debug__:
        undefined(a)
