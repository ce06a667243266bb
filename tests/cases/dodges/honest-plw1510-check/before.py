import subprocess


def run():
    subprocess.run(["ls"])
