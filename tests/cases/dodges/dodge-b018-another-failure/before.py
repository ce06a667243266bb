def check(first):
    if not first:
        1 / 0
    return first
