def f(a):
    return sqrt(a)
