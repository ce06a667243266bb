from pathlib import Path


def share(path: Path) -> None:
    """Shares."""
    path.chmod(0o777)
