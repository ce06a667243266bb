def f(a: "object"):
    return g(a.missing)
