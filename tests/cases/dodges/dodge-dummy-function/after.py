def undefined(*args):
    pass


def f(a):
    return undefined(a)
