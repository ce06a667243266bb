"""Writing a large file so that it is either whole and verified or not there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, cast

from playground.domain.errors import StorageUnavailable
from playground.security.whole_files import write_whole

CHUNK_BYTES = 1 << 20
_MAGIC = b"GGUF"


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
    hasher, done = sha256(), 0
    with path.open("rb") as stream:
        for chunk in chunks(stream):
            hasher.update(chunk)
            done += len(chunk)
            tick(done)
    return hasher.hexdigest()


def is_gguf(path: Path) -> bool:
    """Whether the file begins as a GGUF file does."""
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


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

    def remember(self, path: Path, *, sha256: str) -> None:
        """Notes the digest; a store that cannot be written only costs time at the next start."""
        seen = path.stat()
        facts = {"bytes": seen.st_size, "changed_ns": seen.st_mtime_ns, "sha256": sha256}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._note(path), data=json.dumps(facts).encode())
        except OSError:
            return

    def forget(self, path: Path) -> None:
        """Drops the note, so that the file is read again."""
        self._note(path).unlink(missing_ok=True)

    def of(self, path: Path, *, tick: Callable[[int], None] = lambda _: None) -> str:
        """Returns the file's digest, read anew only if the file is not the one remembered.

        Raises:
            StorageUnavailable: the file cannot be read.
        """
        known = self.known(path)
        if known is not None:
            return known
        try:
            found = digest_of_file(path, tick=tick)
            self.remember(path, sha256=found)
        except OSError as error:
            raise StorageUnavailable(
                f"{path} cannot be read ({error.strerror}); check its permissions."
            ) from error
        return found

    def _note(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]
        return self._folder / f"{name}.json"
