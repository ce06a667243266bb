"""Who is at work: one locked file for each process, which the kernel unlocks when it dies."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import weakref
from collections.abc import Collection
from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9-]")


class LockedPresence:
    """The port `Presence` for processes that share a folder.

    A file without its lock tells that its process is dead. A file that is missing tells nothing,
    because a worker with the same host name may have a folder of its own.

    Args:
        folder: where the files lie; made when it does not exist.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        host = _UNSAFE.sub("-", os.uname().nodename)[:40]
        self._folder = folder
        self._id = f"{host}.{os.getpid()}.{secrets.token_hex(4)}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(folder / self._id, flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._unlock = weakref.finalize(self, os.close, descriptor)

    @property
    def id(self) -> str:
        """Host, process and a random part."""
        return self._id

    def gone(self, workers: Collection[str]) -> frozenset[str]:
        """Returns those whose file lies here unlocked."""
        return frozenset(worker for worker in workers if self._is_gone(worker))

    def close(self) -> None:
        """Leaves; may be called twice."""
        if self._unlock.alive:
            (self._folder / self._id).unlink(missing_ok=True)
            self._unlock()

    def _is_gone(self, worker: str) -> bool:
        if worker == self._id or "/" in worker:
            return False
        try:
            descriptor = os.open(self._folder / worker, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True
