def copy(a, b):
    with open(a) as x:
        with open(b, "w") as y:
            y.write(x.read())
