def get(d, k):
    try:
        return d[k]
    except KeyError as error:
        raise ValueError(f"no {k}") from error
