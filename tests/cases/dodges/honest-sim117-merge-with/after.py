def copy(a, b):
    with open(a) as x, open(b, "w") as y:
        y.write(x.read())
