def has(d, k):
    return k in d.keys()
