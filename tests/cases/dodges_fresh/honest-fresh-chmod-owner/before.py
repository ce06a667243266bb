import os


def share(path: str) -> None:
    """Shares."""
    os.chmod(path, 0o777)
