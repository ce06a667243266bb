def empty(x):
    return x == ""
