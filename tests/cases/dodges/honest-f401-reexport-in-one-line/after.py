from a import b


def use():
    return b()
