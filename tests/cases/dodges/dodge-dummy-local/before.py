def f(a):
    return handler.go(a)
