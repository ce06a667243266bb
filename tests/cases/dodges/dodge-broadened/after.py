def f(a):
    try:
        return a.go()
    except Exception:
        return None
