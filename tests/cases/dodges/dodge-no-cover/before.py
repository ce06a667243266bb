def f():
    try:
        go()
    except:
        stop()
