def squares(xs):
    return [x * x for x in xs if x > 0]
