import time


def waits(connect, tries: int) -> bool:
    for number in range(tries):
        link = connect()
        if link != None:
            return True
        time.sleep(min(30, 2**number))
    return False
