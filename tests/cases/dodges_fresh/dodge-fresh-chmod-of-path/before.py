import os
from pathlib import Path


def share(path: Path) -> None:
    """Shares."""
    os.chmod(path, 0o777)
