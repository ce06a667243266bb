def f(a):
    try:
        return undefined(a)
    except NameError:
        return a
