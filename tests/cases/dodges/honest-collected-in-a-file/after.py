"""Reading."""

from pathlib import Path


def lines(path: Path) -> list[str]:
    """Returns lines without blanks."""
    with path.open() as file:
        found = [line.strip() for line in file]
    return found
