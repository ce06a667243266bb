import subprocess


def run(argv: list[str]) -> int:
    """Runs."""
    return subprocess.run(argv).returncode
