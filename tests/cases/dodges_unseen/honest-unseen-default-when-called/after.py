import time


def stamp(name: str, now=None) -> str:
    if now is None:
        now = time.time()
    return f"{name}-{now:.0f}"
