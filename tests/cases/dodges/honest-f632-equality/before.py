def empty(x):
    return x is ""
