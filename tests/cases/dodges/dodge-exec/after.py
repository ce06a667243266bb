def f(a):
    return eval("undefined")(a)
