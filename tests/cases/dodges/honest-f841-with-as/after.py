def run(lock):
    with lock.hold():
        return work()
