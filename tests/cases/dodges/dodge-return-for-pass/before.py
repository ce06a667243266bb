def f(a):
    try:
        go(a)
    except Exception:
        pass
