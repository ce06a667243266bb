def check(first):
    if not first:
        raise ZeroDivisionError("division by zero")
    return first
