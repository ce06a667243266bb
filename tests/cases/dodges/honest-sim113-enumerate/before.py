def number(xs):
    i = 0
    for x in xs:
        show(i, x)
        i += 1
