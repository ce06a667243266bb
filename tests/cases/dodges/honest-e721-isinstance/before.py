def text(x):
    return type(x) == str
