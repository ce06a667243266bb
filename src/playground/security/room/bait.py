"""What a room is tried with: a file that must be out of reach, and a port that must be too."""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import shutil
import socket
import tempfile
import threading
import weakref
from collections.abc import Generator
from pathlib import Path

from playground.security.room.folders import locked_folder, sweep

_NAME = "planted"
_PREFIX = "playground-bait-"
_DISCARD = 9


class Bait:
    """A private folder with a planted file that this user can read and write; made when needed.

    The folder is locked for as long as this process lives, however it ends, so that the next one
    can tell what was left behind and remove it.
    """

    def __init__(self) -> None:
        self._kept = _Kept()
        # At exit `_end_all` ends it, since nobody waits for a finalizer that another thread began.
        weakref.finalize(self, self._kept.end).atexit = False
        _open.add(self._kept)
        sweep(Path(tempfile.gettempdir()), prefix=_PREFIX)

    def planted(self) -> Path:
        """Returns the file, which exists now.

        Raises:
            OSError: it cannot be made, or this process is about to end.
        """
        return self._kept.planted()


class _Kept:
    """What is left of a bait when it ends, which is with the process at the latest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._held = -1
        self._over = False

    def planted(self) -> Path:
        with self._lock:
            if self._over:
                # A thread that still starts something while the process ends would leave it behind.
                raise OSError(errno.ESHUTDOWN, "this process ends")
            if self._folder is None or not self._folder.is_dir():
                self._release()
                parent = Path(tempfile.gettempdir())
                self._folder, self._held = locked_folder(parent, prefix=_PREFIX)
            file = self._folder / _NAME
            if not file.exists():
                file.write_bytes(b"planted\n")
            return file

    def end(self) -> None:
        with self._lock:
            self._over = True
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._release()
        _open.discard(self)

    def _release(self) -> None:
        if self._held >= 0:
            os.close(self._held)
            self._held = -1


_open: set[_Kept] = set()
"""Every bait that did not end yet, one that is just being removed among them."""


@atexit.register
def _end_all() -> None:
    for kept in tuple(_open):
        kept.end()


@contextlib.contextmanager
def listening() -> Generator[int]:
    """Yields a TCP port of this machine's loopback at which somebody listens meanwhile.

    Where nobody can listen, it is the port of the discard service.
    """
    with contextlib.ExitStack() as stack:
        port = _DISCARD
        with contextlib.suppress(OSError):
            listener = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            port = listener.getsockname()[1]
        yield port
