"""Private folders that are locked while their process lives, and found when it was killed.

The lock ends with the process, however that ends, so a folder whose lock can be taken belongs to
nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def locked_folder(parent: Path, *, prefix: str) -> tuple[Path, int]:
    """Makes a folder that no `sweep` removes while the returned descriptor is open.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            held = os.open(folder, _FLAGS)
        except FileNotFoundError:
            if parent.is_dir():  # a sweep came between
                continue
            raise
        fcntl.flock(held, fcntl.LOCK_EX)
        if folder.is_dir():  # else a sweep came between, just now
            return folder, held
        os.close(held)


@contextlib.contextmanager
def temporary_folder(prefix: str) -> Generator[Path]:
    """Yields a private folder; what earlier ones of killed processes left behind goes first.

    Raises:
        OSError: it cannot be made.
    """
    parent = Path(tempfile.gettempdir())
    sweep(parent, prefix=prefix)
    folder, held = locked_folder(parent, prefix=prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _nothing(folder: Path) -> None:
    del folder


def sweep(parent: Path, *, prefix: str, before: Callable[[Path], None] = _nothing) -> None:
    """Removes this user's folders below `parent` that belong to no living process.

    Args:
        parent: where they lie.
        prefix: how their names begin.
        before: sees each one before it is removed, to put away what it tells of.
    """
    for folder in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            held = os.open(folder, _FLAGS)
            try:
                if os.fstat(held).st_uid == os.getuid():
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    before(folder)
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)
