def f(a):
    undefined(a)
    yield a
