def unique(xs):
    return set(sorted(xs))
