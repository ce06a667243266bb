def f():
    x = make()  # type: object
    return x
