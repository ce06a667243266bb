"""What a room is tried with: a file that must be out of reach, and a port that must be too."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import tempfile
import threading
import weakref
from collections.abc import Generator
from pathlib import Path

_NAME = "planted"
_PREFIX = "playground-bait-"
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DISCARD = 9


class Bait:
    """A private folder with a planted file that this user can read and write; made when needed.

    The folder is locked for as long as this process lives, however it ends, so that the next one
    can tell what was left behind and remove it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        _sweep()

    def planted(self) -> Path:
        """Returns the file, which exists now.

        Raises:
            OSError: it cannot be made.
        """
        with self._lock:
            if self._folder is None or not self._folder.is_dir():
                self._folder, held = _locked_folder()
                weakref.finalize(self, _remove, self._folder, held)
            file = self._folder / _NAME
            if not file.exists():
                file.write_bytes(b"planted\n")
            return file


def _locked_folder() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        held = os.open(folder, _FOLDER_FLAGS)
        fcntl.flock(held, fcntl.LOCK_EX)
        if folder.is_dir():  # else a sweep came between
            return folder, held
        os.close(held)


def _remove(folder: Path, held: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(held)


def _sweep() -> None:
    """Removes the folders of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            held = os.open(folder, _FOLDER_FLAGS)
            try:
                if os.fstat(held).st_uid == os.getuid():
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)


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
