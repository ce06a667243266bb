def value(d):
    if "k" in d:
        v = d["k"]
    else:
        v = 0
    return v
