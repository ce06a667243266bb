def pairs(a, b):
    return dict(zip(a, b))
