"""Reading."""

from pathlib import Path


def lines(path: Path) -> list[str]:
    """Returns lines without blanks."""
    found = []
    with path.open() as file:
        for line in file:
            found.append(line.strip())
    return found
