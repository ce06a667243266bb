OFFSET = 0


def f(a):
    return a + OFFSET
