"""A scratch folder for this process alone, whatever became of the processes before it.

Each process holds a lock on a file beside its folder. The lock ends with the process, however that
ends, so a folder whose lock can be taken belongs to nobody and is removed at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from pathlib import Path

from playground.domain.errors import StorageUnavailable
from playground.security.unicode import has_surrogates

_PREFIX = "mirror-"
_LOCK = ".lock"


class ScratchFolder:
    """A private folder below `parent` that lives as long as this process wants it.

    Attributes:
        path: the folder.

    Raises:
        StorageUnavailable: it cannot be made.
    """

    def __init__(self, parent: Path) -> None:
        if has_surrogates(str(parent)):
            raise StorageUnavailable(
                f"Analyzers cannot work below {parent}, because its name is not UTF-8; "
                "choose another cache folder, for example by XDG_CACHE_HOME."
            )
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_abandoned(parent)
            self.path = parent / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
            self._lock = _locked(_lock_of(self.path))
            self.path.mkdir(mode=0o700)
        except OSError as error:
            raise StorageUnavailable(
                f"No scratch folder can be made below {parent} ({error.strerror}); "
                "free space there or choose another cache folder."
            ) from error

    def close(self) -> None:
        """Removes the folder; may be called twice."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            _lock_of(self.path).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Somebody may have found the file before it was locked and removed it.
        if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
        os.close(descriptor)


def _remove_abandoned(parent: Path) -> None:
    for lock in parent.glob(f"{_PREFIX}*{_LOCK}"):
        with contextlib.suppress(OSError):
            descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.with_name(lock.name.removesuffix(_LOCK)), ignore_errors=True)
                lock.unlink()
            finally:
                os.close(descriptor)
