def check(first):
    if not first:
        raise ValueError("division by zero")
    return first
