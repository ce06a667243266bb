def drain(xs):
    [x for x in xs]
