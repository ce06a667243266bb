def makers(xs):
    out = []
    for x in xs:
        out.append(lambda: x)
    return out
