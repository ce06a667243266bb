COUNT = [0]


def bump():
    COUNT[0] += 1
