import subprocess


def run(command: str) -> None:
    """Runs."""
    subprocess.run(command, shell=True, check=True)
