import subprocess


def build(folder: str) -> None:
    subprocess.run(["make", "-j4", "all"], cwd=folder, capture_output=True)
