import os
import sys


def f():
    if sys.platform == "never":
        return os.getuid()
    return 0
