def total(xs):
    for x in xs:
        n = n + x
    return sum_of(result)
