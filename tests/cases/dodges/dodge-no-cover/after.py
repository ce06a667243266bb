def f():
    try:
        go()
    except:  # pragma: no cover
        stop()
