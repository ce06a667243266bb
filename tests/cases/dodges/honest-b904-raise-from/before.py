def get(d, k):
    try:
        return d[k]
    except KeyError:
        raise ValueError(f"no {k}")
