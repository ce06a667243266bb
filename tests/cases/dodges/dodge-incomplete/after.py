from _typeshed import Incomplete


def f(a: Incomplete):
    return a.missing
