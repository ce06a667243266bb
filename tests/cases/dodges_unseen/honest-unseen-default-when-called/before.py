import time


def stamp(name: str, now=time.time()) -> str:
    return f"{name}-{now:.0f}"
