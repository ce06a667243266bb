@parametrize(range(0, 3))
def f(a):
    return a
