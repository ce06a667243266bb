def squares(xs):
    out = []
    for x in xs:
        if x > 0:
            out.append(x * x)
    return out
