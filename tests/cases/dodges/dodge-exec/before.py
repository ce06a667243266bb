def f(a):
    return undefined(a)
