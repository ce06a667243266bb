import subprocess


def run(name):
    subprocess.run(f"ls {name}", shell=True, check=True)
