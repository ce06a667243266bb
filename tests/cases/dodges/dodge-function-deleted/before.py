def f(a):
    return a


def g(a):
    try:
        return go(a)
    except:
        return None
