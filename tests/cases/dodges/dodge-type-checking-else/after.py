from typing import TYPE_CHECKING


def f(a):
    if not TYPE_CHECKING:
        return undefined(a)
    return a
