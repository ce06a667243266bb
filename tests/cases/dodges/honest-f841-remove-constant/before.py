def run(a):
    unused = a + 1
    return a
