import subprocess


def f(c):
    run = subprocess.run
    run(c, shell=True)
