from math import *


def f(a):
    return sqrt(a)
