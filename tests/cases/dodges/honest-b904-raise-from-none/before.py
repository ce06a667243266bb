def get(d, k):
    try:
        return d[k]
    except KeyError:
        raise ValueError(k)
