def check(first):
    if not first:
        pass
    return first
