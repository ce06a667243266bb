import time


def stamp(name: str, now=None) -> str:
    now = time.time()
    return f"{name}-{now:.0f}"
