import subprocess


def f(c):
    subprocess.run(c, check=True, shell=True)
