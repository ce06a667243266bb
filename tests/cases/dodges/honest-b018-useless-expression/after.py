def work(x):
    return x.go()
