def total(pairs):
    n = 0
    for _key, value in pairs:
        n += value
    return n
