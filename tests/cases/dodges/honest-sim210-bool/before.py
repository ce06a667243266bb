def flag(x):
    return True if x else False
