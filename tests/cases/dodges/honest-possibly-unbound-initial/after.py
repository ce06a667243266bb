def pick(xs):
    best = None
    for x in xs:
        if x.good():
            best = x
    return best
