def f(a):
    result = a + 1
    return a
