def f(a):
    return globals()["undefined"](a)
