def pick(xs):
    for x in xs:
        if x.good():
            best = x
    return best
