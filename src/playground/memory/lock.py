"""One writer at a time: a lock file that all processes of this machine respect.

The kernel frees the lock when its holder dies, however it dies, so nothing is ever left locked.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playground.domain.errors import StorageUnavailable

_POLL_S = 0.005


@contextmanager
def exclusive(path: Path, *, timeout_s: float) -> Generator[None]:
    """Holds the lock at `path` for the length of the block; threads exclude each other too.

    Raises:
        StorageUnavailable: somebody else holds it longer than `timeout_s`, or the file cannot be
            made.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageUnavailable(
            f"The memory's lock file {path} cannot be opened ({error.strerror}); "
            "make its folder writable."
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
                raise StorageUnavailable(
                    f"Another process has held {path} for {timeout_s:g} s; "
                    "end that process and try again."
                ) from None
            time.sleep(_POLL_S)
        except OSError as error:
            raise StorageUnavailable(
                f"The memory's lock file {path} cannot be locked ({error.strerror}); "
                "put the memory on a disk that supports file locks."
            ) from error
        else:
            return
