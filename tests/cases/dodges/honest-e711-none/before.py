def empty(x):
    if x == None:
        return True
    return False
