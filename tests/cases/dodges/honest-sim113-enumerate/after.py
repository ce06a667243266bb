def number(xs):
    for i, x in enumerate(xs):
        show(i, x)
