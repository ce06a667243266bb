def f(a):
    x = send(a)
    return a
