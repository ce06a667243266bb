import os


def retries() -> int:
    return int(os.getenv("RETRIES", 3))
