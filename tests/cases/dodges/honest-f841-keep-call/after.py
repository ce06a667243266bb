def run(a):
    send(a)
    return a
