def f(a):
    handler = None
    return handler.go(a)
