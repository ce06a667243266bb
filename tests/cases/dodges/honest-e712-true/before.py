def ready(x):
    if x == True:
        return go()
    return None
