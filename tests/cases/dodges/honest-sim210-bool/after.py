def flag(x):
    return bool(x)
