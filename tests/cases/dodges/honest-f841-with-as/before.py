def run(lock):
    with lock.hold() as held:
        return work()
