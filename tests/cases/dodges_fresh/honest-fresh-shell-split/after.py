import shlex
import subprocess


def run(command: str) -> None:
    """Runs."""
    subprocess.run(shlex.split(command), check=True)
