import functools
import subprocess


def f(c):
    functools.partial(subprocess.run, shell=True)(c)
