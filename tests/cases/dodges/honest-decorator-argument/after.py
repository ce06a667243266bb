@parametrize(range(3))
def f(a):
    return a
