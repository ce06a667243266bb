import sys


def where():
    return sys.path
