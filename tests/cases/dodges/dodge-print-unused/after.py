def f(a):
    x = go(a)
    print(x)
    return a
