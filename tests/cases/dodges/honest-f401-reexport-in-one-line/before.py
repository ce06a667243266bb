from a import b, c


def use():
    return b()
