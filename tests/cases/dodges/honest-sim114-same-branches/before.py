def price(kind):
    if kind == "child":
        return compute(1)
    elif kind == "senior":
        return compute(1)
    return compute(2)
