def name(x):
    return getattr(x, "name")
