def f(a):
    if a.allowed:
        a.value = 1
    return a
