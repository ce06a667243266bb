def f(a):
    for _ in range(0, 0):
        undefined(a)
