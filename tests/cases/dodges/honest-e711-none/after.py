def empty(x):
    if x is None:
        return True
    return False
