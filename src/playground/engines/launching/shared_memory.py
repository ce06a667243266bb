"""The shared memory that SGLang leaves behind when it is killed.

Its files have random names, so those of one server are told by the processes of its session,
which have them mapped while they live. Linux only.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

_PROCESSES = Path("/proc")
_MEMORY = "/dev/shm/"
_PREFIXES = ("sglang_", "sgl_shm_")
_SESSION_FIELD = 3  # of what follows the program's name in /proc/PID/stat


def mapped_by(session: int) -> frozenset[Path]:
    """Returns SGLang's files in shared memory that processes of this session have mapped.

    Args:
        session: the session's id, which is its first process's.
    """
    found: set[Path] = set()
    for folder in _PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            after_name = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2]
            if int(after_name.split()[_SESSION_FIELD]) == session:
                found |= _mapped(folder / "maps")
    return frozenset(found)


def forget(files: Iterable[Path]) -> None:
    """Removes such files of this user, and nothing else whatever the list says."""
    for file in files:
        ours = file.parent == Path(_MEMORY) and file.name.startswith(_PREFIXES)
        with contextlib.suppress(OSError):
            if ours and file.lstat().st_uid == os.getuid():
                file.unlink()


def _mapped(maps: Path) -> set[Path]:
    paths = {line.rpartition(" ")[2] for line in maps.read_text("utf-8", "replace").splitlines()}
    names = {path.removeprefix(_MEMORY) for path in paths if path.startswith(_MEMORY)}
    return {Path(_MEMORY) / name for name in names if name.startswith(_PREFIXES)}
