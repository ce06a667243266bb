from typing import TYPE_CHECKING


def f(a):
    return undefined(a)
