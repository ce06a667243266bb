def f(a):
    try:
        go(a)
    except:
        stop(a)
