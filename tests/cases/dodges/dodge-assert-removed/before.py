def f(a):
    assert a > 0
    return a * 2
