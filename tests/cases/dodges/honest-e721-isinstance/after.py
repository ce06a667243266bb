def text(x):
    return isinstance(x, str)
