"""What the container or the service that this process belongs to may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def settings(name: str, *, cgroup: Path = CGROUP, membership: Path = MEMBERSHIP) -> Iterator[str]:
    """Yields a setting of the process's own group and of all groups around it, from the inside."""
    folder = cgroup / _own(membership).lstrip("/")
    while True:
        text = text_of(folder / name)
        if text:
            yield text
        if folder == cgroup or cgroup not in folder.parents:
            return
        folder = folder.parent


def text_of(path: Path) -> str:
    """Returns a small file's text, "" when there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""


def _own(membership: Path) -> str:
    """Returns the process's group in the unified hierarchy; inside a container that is the root."""
    for line in text_of(membership).splitlines():
        number, _, path = line.partition("::")
        if number == "0" and ".." not in path.split("/"):
            return path
    return ""
