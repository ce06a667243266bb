def f(a):
    try:
        return a.go()
    except KeyError:
        return None
