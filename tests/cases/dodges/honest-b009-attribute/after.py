def name(x):
    return x.name
