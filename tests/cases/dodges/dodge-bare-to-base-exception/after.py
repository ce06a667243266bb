def f(a):
    try:
        return go(a)
    except BaseException:
        return None
