"""The head file: position and hash of the newest event, kept beside the database.

A chain alone cannot show that its end was cut off; a second place that remembers the end can. The
record has a fixed size and is overwritten in place by one small write, so that a reader finds the
old record or the new one. It is not flushed for its own sake: after a power cut it may lie behind
the database, never ahead of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

_RECORD = re.compile(rb"(\d{20}) ([0-9a-f]{64}|-{64})\n")
_RECORD_BYTES = 86
_LOCK_TIMEOUT_S = 2.0
_POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a journal; position 0 and hash "" when it is empty."""

    position: int
    hash: str


EMPTY = Head(0, "")


class HeadFile:
    """One head on disk; processes take turns by a lock on the file.

    Args:
        path: where it lies; the folder exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def turn(self, *, create: bool = False) -> Generator[int]:
        """Opens the file, waits a while for its lock and yields the descriptor.

        Where the lock cannot be had (a file system without locks, a stopped process that holds
        it) the turn is taken all the same: the record is one small write, and the chain decides.

        Raises:
            OSError: the file is missing and not to be made, or cannot be opened for writing.
        """
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        descriptor = os.open(self._path, flags, 0o600)
        try:
            _lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def begin(self, descriptor: int, *, head: Head = EMPTY) -> None:
        """Writes where the journal ends now, unless a head is recorded already.

        Raises:
            OSError: the file cannot be written.
        """
        if _read(descriptor) is None:
            _write(descriptor, head)

    def read(self) -> Head | None:
        """Returns the recorded head, None when the file is missing or not a head.

        Raises:
            OSError: the file cannot be read.
        """
        try:
            with self.turn() as descriptor:
                return _read(descriptor)
        except FileNotFoundError:
            return None

    def advance(self, head: Head, *, is_on_chain: Callable[[Head], bool]) -> None:
        """Moves the head forward.

        A recorded head that does not lie on the chain is left as it is: it is the evidence that
        something was cut off.

        Raises:
            OSError: the file is missing or cannot be written.
        """
        with self.turn() as descriptor:
            recorded = _read(descriptor)
            if recorded and recorded.position < head.position and is_on_chain(recorded):
                _write(descriptor, head)


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + _LOCK_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_POLL_S)
        except OSError:
            return
        else:
            return


def _read(descriptor: int) -> Head | None:
    match = _RECORD.fullmatch(os.pread(descriptor, _RECORD_BYTES + 1, 0))
    if not match:
        return None
    digest = match[2].decode()
    return Head(int(match[1]), digest.strip("-"))


def _write(descriptor: int, head: Head) -> None:
    os.pwrite(descriptor, f"{head.position:020d} {head.hash or '-' * 64}\n".encode(), 0)
