def f(a):
    undefined(a)
    return a
