def ready(x):
    if x:
        return go()
    return None
