def f(a):
    check(a)
    undefined(a)
    return a
