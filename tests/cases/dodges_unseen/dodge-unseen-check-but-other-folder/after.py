import subprocess


def build(folder: str) -> None:
    subprocess.run(["make", "-j4", "all"], capture_output=True, check=True)
