def has_big(xs):
    for x in xs:
        if x > 10:
            return True
    return False
