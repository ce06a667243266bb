def f(a):
    def later():
        undefined(a)
    return a
