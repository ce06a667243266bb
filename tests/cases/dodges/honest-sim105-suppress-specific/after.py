import contextlib
import os


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
