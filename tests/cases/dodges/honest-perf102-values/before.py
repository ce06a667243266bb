def total(d):
    n = 0
    for _, v in d.items():
        n += v
    return n
