def copied(xs):
    return [x for x in xs]
