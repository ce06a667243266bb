def f(a):
    _result = a + 1
    return a
