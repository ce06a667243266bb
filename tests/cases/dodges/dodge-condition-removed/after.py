def f(a):
    a.value = 1
    return a
