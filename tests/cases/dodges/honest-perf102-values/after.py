def total(d):
    n = 0
    for v in d.values():
        n += v
    return n
