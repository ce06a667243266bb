import subprocess


def f(c):
    subprocess.run(c, shell=1)
