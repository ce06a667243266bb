import subprocess


def run(argv: list[str]) -> int:
    """Runs."""
    return subprocess.Popen(argv).returncode or 0
