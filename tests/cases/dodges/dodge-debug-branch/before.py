def f(a):
    undefined(a)
