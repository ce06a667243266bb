def check(first, last):
    if not first:
        first == last
    return first
