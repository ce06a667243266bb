"""Writing a large file so that it is either whole and verified or not there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, cast

from playground.domain.errors import StorageUnavailable
from playground.security.whole_files import write_whole

CHUNK_BYTES = 1 << 20
MAGIC = b"GGUF"
"""How every model file begins."""


class Hasher(Protocol):
    """The part of a hash object that is used here."""

    def update(self, data: bytes, /) -> None:
        """Takes more bytes."""
        ...

    def hexdigest(self) -> str:
        """Returns the digest so far."""
        ...


def sha256() -> Hasher:
    """Returns a fresh SHA-256."""
    return hashlib.sha256()


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Reads to the end, piece by piece."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def digest_of_file(path: Path, *, tick: Callable[[int], None] = lambda _: None) -> str:
    """Returns the file's SHA-256; `tick` hears the bytes read so far."""
    with path.open("rb") as stream:
        return _digest_of(stream, tick=tick)


def _digest_of(stream: IO[bytes], *, tick: Callable[[int], None]) -> str:
    hasher, done = sha256(), 0
    for chunk in chunks(stream):
        hasher.update(chunk)
        done += len(chunk)
        tick(done)
    return hasher.hexdigest()


@contextmanager
def readable(path: Path) -> Generator[IO[bytes]]:
    """Opens a file to read it.

    Raises:
        StorageUnavailable: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise StorageUnavailable(
            f"{path} cannot be read ({error.strerror}); check its permissions."
        ) from error


def is_gguf(path: Path) -> bool:
    """Whether the file begins as a GGUF file does.

    Raises:
        StorageUnavailable: it cannot be read.
    """
    with readable(path) as stream:
        return stream.read(len(MAGIC)) == MAGIC


def size_of(path: Path) -> int | None:
    """Returns a regular file's bytes, None where there is none or it cannot be looked at."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def needs_room(folder: Path, *, wanted_bytes: int) -> None:
    """Makes sure that so many bytes fit.

    Raises:
        StorageUnavailable: they do not; the message says how many are needed where.
    """
    free = shutil.disk_usage(folder).free
    if free < wanted_bytes:
        raise StorageUnavailable(
            f"{folder} needs {wanted_bytes / 1e9:.1f} GB of free space and has {free / 1e9:.1f} GB;"
            " free some and pull again."
        )


@contextmanager
def only_one(lock: Path, *, waiting: Callable[[], None]) -> Generator[None]:
    """Holds a lock file; `waiting` is called once when another process holds it."""
    with lock.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


class Digests:
    """Remembers digests of files as long as their size and time of change stay the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def known(self, path: Path) -> str | None:
        """Returns the digest that was found when this very file was last read."""
        try:
            note: object = json.loads(self._note(path).read_text(encoding="utf-8"))
            seen = path.stat()
        except (OSError, ValueError):
            return None
        if not isinstance(note, dict):
            return None
        facts = cast("dict[str, object]", note)
        same = facts.get("bytes") == seen.st_size and facts.get("changed_ns") == seen.st_mtime_ns
        digest = facts.get("sha256")
        return digest if same and isinstance(digest, str) else None

    def remember(self, path: Path, *, sha256: str, seen: os.stat_result) -> None:
        """Notes the digest; a store that cannot be written only costs time at the next start.

        Args:
            path: the file.
            sha256: what was found.
            seen: the file's state before it was read, so that what changed meanwhile is read again.
        """
        facts = {"bytes": seen.st_size, "changed_ns": seen.st_mtime_ns, "sha256": sha256}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._note(path), data=json.dumps(facts).encode())
        except OSError:
            return

    def of(self, path: Path, *, tick: Callable[[int], None] = lambda _: None) -> str:
        """Returns the file's digest, read anew only if the file is not the one remembered.

        Raises:
            StorageUnavailable: the file cannot be read.
        """
        known = self.known(path)
        return known if known is not None else self.read(path, tick=tick)

    def read(self, path: Path, *, tick: Callable[[int], None] = lambda _: None) -> str:
        """Reads the whole file, whatever is remembered, and returns its digest.

        Raises:
            StorageUnavailable: the file cannot be read.
        """
        with readable(path) as stream:
            seen = os.fstat(stream.fileno())
            found = _digest_of(stream, tick=tick)
        self.remember(path, sha256=found, seen=seen)
        return found

    def _note(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]
        return self._folder / f"{name}.json"
