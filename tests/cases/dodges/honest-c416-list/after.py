def copied(xs):
    return list(xs)
