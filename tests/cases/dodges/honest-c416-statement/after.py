def drain(xs):
    list(xs)
