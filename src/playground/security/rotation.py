"""A file of lines that begins anew when it is full; trouble is noted, never raised.

The standard library's rotating handler writes through a buffer (a full disk then speaks up on
the terminal when the process ends), makes files that everybody may read, and loses lines when two
processes turn the file over at once. Here a line is one unbuffered append, and only the process
that holds the lock turns over.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class RotatedFile:
    """Appends lines to a file of mode 0600 in a folder of mode 0700; safe between threads.

    Args:
        path: the current file; older ones get .1, .2 and so on behind the name.
        bytes_max: bytes after which the file is turned over.
        files_max: older files that are kept, at least 1.
    """

    def __init__(self, path: Path, *, bytes_max: int, files_max: int) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._files_max = files_max
        self._descriptor: int | None = None
        self._torn = False
        self._trouble = ""
        # Reentrant, because a finaliser may log while its thread is in here.
        self._lock = threading.RLock()
        with self._noted():
            path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            path.parent.chmod(_FOLDER_MODE)
            self._current()

    @property
    def trouble(self) -> str:
        """Why the newest line could not be written, in one sentence; "" when it could."""
        return self._trouble

    def write(self, line: str) -> None:
        """Appends one line; what cannot be written is lost and `trouble` says why."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._lock, self._noted():
            descriptor = self._current()
            size = os.fstat(descriptor).st_size
            if size and size + len(data) > self._bytes_max and self._turned_over(descriptor):
                descriptor = self._current()
            self._append(descriptor, data)

    def close(self) -> None:
        """Closes the file; a later write opens it again."""
        with self._lock:
            if self._descriptor is not None:
                descriptor, self._descriptor = self._descriptor, None
                with suppress(OSError):
                    os.close(descriptor)

    @contextmanager
    def _noted(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._trouble = f"Nothing is logged: {self._path} cannot be written ({reason})."
        else:
            self._trouble = ""

    def _current(self) -> int:
        """Returns the descriptor of the file that has the name now, opened anew if need be."""
        if self._descriptor is not None:
            ours = os.fstat(self._descriptor)
            with suppress(FileNotFoundError):
                named = self._path.lstat()
                if (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino):
                    return self._descriptor
            self.close()
        self._descriptor = os.open(self._path, _FLAGS, _FILE_MODE)
        os.fchmod(self._descriptor, _FILE_MODE)
        self._torn = False
        return self._descriptor

    def _append(self, descriptor: int, data: bytes) -> None:
        # After half a line, begin with a new one, so that one full disk spoils one line only.
        rest = b"\n" + data if self._torn else data
        while rest:
            written = os.write(descriptor, rest)
            self._torn = written < len(rest)
            rest = rest[written:]
        self._torn = False

    def _turned_over(self, descriptor: int) -> bool:
        """Renames the full file; False when another process is at it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        try:
            # Without the name another process has turned over and not begun the new file yet.
            with suppress(FileNotFoundError):
                named = self._path.lstat()
                if named.st_ino == os.fstat(descriptor).st_ino:
                    self._rename_all()
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        return True

    def _rename_all(self) -> None:
        for number in range(self._files_max - 1, 0, -1):
            with suppress(FileNotFoundError):
                self._older(number).replace(self._older(number + 1))
        self._path.replace(self._older(1))

    def _older(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
