@retry_for_ever
def f(a):
    try:
        go(a)
    except ValueError:
        stop(a)
