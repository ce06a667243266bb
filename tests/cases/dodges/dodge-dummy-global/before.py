def f(a):
    return a + OFFSET
