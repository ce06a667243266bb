def check(first, last):
    if not first:
        raise ZeroDivisionError("division by zero")
    return first
