def work(x):
    x.ready
    return x.go()
