def f(a):
    try:
        return go(a)
    except:
        return None
