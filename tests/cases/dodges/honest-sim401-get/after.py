def value(d):
    v = d.get("k", 0)
    return v
