def run(a):
    result = send(a)
    return a
