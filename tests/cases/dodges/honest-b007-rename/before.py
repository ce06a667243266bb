def total(pairs):
    n = 0
    for key, value in pairs:
        n += value
    return n
