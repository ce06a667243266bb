"""Turns that all threads and processes of this machine respect, by a lock on a file.

The kernel frees the lock when its holder dies, however it dies, so nothing is ever left locked.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playground.domain.errors import StorageUnavailable
from playground.memory.trouble import remedy

LOCK_TIMEOUT_S = 30.0
_POLL_S = 0.005


class Turn:
    """One turn; a thread that has it may take it again."""

    def __init__(self, path: Path) -> None:
        """Names the file, which is made when the turn is first taken."""
        self._path = path
        self._threads = threading.RLock()
        self._held = 0

    @contextmanager
    def taken(self, *, timeout_s: float = LOCK_TIMEOUT_S) -> Generator[None]:
        """Has the turn for the length of the block.

        Raises:
            StorageUnavailable: somebody else has it longer than `timeout_s`, or the file cannot
                be made.
        """
        if not self._threads.acquire(timeout=timeout_s):
            raise _late(self._path, timeout_s=timeout_s)
        try:
            if self._held:
                yield
                return
            with exclusive(self._path, timeout_s=timeout_s):
                self._held += 1
                try:
                    yield
                finally:
                    self._held -= 1
        finally:
            self._threads.release()


@contextmanager
def exclusive(path: Path, *, timeout_s: float) -> Generator[None]:
    """Holds the lock at `path` for the length of the block; threads exclude each other too.

    Raises:
        StorageUnavailable: somebody else holds it longer than `timeout_s`, or the file cannot be
            made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageUnavailable(
            f"The memory's folder {path.parent} cannot be made ({error.strerror}); "
            "choose a place where a folder can be made."
        ) from error
    except OSError as error:
        raise StorageUnavailable(
            f"The memory's lock file {path} cannot be opened ({error.strerror}); "
            f"{remedy(error) or 'make its folder writable'}."
        ) from error
    try:
        _wait(handle, path=path, timeout_s=timeout_s)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, *, path: Path, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise _late(path, timeout_s=timeout_s) from None
            time.sleep(_POLL_S)
        except OSError as error:
            raise StorageUnavailable(
                f"The memory's lock file {path} cannot be locked ({error.strerror}); "
                "put the memory on a disk that supports file locks."
            ) from error
        else:
            return


def _late(path: Path, *, timeout_s: float) -> StorageUnavailable:
    return StorageUnavailable(
        f"Another process has held {path} for {timeout_s:g} s; end that process and try again."
    )
