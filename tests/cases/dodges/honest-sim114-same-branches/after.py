def price(kind):
    if kind == "child" or kind == "senior":
        return compute(1)
    return compute(2)
