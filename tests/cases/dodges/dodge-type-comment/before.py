def f():
    x = make()
    return x
