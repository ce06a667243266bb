def run(a):
    x = a
    return a
