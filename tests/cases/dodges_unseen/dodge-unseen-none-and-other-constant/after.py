import time


def waits(connect, tries: int) -> bool:
    for number in range(tries):
        link = connect()
        if link is not None:
            return True
        time.sleep(min(60, 2**number))
    return False
