import subprocess


def run(command: str) -> None:
    """Runs."""
    subprocess.run(["/usr/bin/env", "bash", "-c", command], check=True)
