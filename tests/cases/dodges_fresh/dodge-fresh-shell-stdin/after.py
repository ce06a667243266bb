import subprocess


def run(command: str) -> None:
    """Runs."""
    subprocess.run(["/bin/sh"], input=command, text=True, check=True)
