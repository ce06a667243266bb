def pairs(a, b):
    return list(zip(a, b, strict=True))
