"""States of read prompt beginnings on disk, so that another process need not read them again.

A state is only good for the very model, build and context it was made with, and for exactly the
tokens it holds. All of that is in the file's name and once more in its first line, together with
the digest of what follows. A file that is anything else counts as absent: the worst that can
happen is that the beginning is read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

_FORMAT = 1
_ENDING = ".prefix"
_PARTIAL = ".partial"
_HEADER_BYTES_MAX = 1_024
_CHUNK_BYTES = 1 << 20
_ABANDONED_S = 3_600.0


@dataclass(frozen=True, slots=True)
class PrefixPlan:
    """Where states are kept.

    Attributes:
        folder: made private when the first state is kept.
        model: digest of the model file.
        bytes_max: size of all states together, of other models too; 0 keeps none.
    """

    folder: Path
    model: str
    bytes_max: int


class Prefixes:
    """A folder of states, shared by processes; what was used longest ago makes room.

    Nothing here raises for what the disk holds or refuses: a state that cannot be written or read
    is a state that is not there.

    Args:
        plan: where they are kept.
        build: version of the library that makes them.
        layout: whatever else changes the numbers in a state or their order.
    """

    def __init__(self, plan: PrefixPlan, *, build: str, layout: str) -> None:
        self._folder = plan.folder
        self._bytes_max = plan.bytes_max
        parts = [str(_FORMAT), plan.model, build, layout]
        self._origin = hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def has(self, tokens: Sequence[int]) -> bool:
        """Whether there seems to be a state of exactly these tokens."""
        try:
            return self._bytes_max > 0 and self._path(tokens).is_file()
        except OSError:
            return False

    def take(self, tokens: Sequence[int], *, into: Path) -> bool:
        """Copies the state of these tokens to `into`; False, with no file left, when it cannot."""
        path = self._path(tokens)
        try:
            with path.open("rb") as source, into.open("xb") as target:
                good = self._copied(source, target, tokens=tokens)
        except OSError:
            good = None
        if good:
            with contextlib.suppress(OSError):
                os.utime(path)
            return True
        with contextlib.suppress(OSError):
            into.unlink(missing_ok=True)
        if good is False:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        return False

    def keep(self, tokens: Sequence[int], *, source: Path) -> None:
        """Keeps the state that lies in `source`, whole or not at all."""
        partial = self._folder / f"{secrets.token_hex(8)}{_PARTIAL}"
        try:
            size = source.stat().st_size
            if size > self._bytes_max:
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(new_bytes=size)
            with source.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            header = json.dumps(self._header(tokens) | {"bytes": size, "sha256": digest})
            with source.open("rb") as stream, partial.open("xb") as target:
                target.write(header.encode() + b"\n")
                while chunk := stream.read(_CHUNK_BYTES):
                    target.write(chunk)
            partial.replace(self._path(tokens))
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)

    def _copied(
        self, source: IO[bytes], target: IO[bytes], *, tokens: Sequence[int]
    ) -> bool | None:
        """Whether the file is what it should be and was copied."""
        header = _read_header(source.readline(_HEADER_BYTES_MAX))
        expected = self._header(tokens)
        if {name: header.get(name) for name in expected} != expected:
            return False
        hasher, size = hashlib.sha256(), 0
        while chunk := source.read(_CHUNK_BYTES):
            hasher.update(chunk)
            target.write(chunk)
            size += len(chunk)
        return (header.get("bytes"), header.get("sha256")) == (size, hasher.hexdigest())

    def _header(self, tokens: Sequence[int]) -> dict[str, object]:
        return {"format": _FORMAT, "origin": self._origin, "tokens": _digest(tokens)}

    def _path(self, tokens: Sequence[int]) -> Path:
        name = hashlib.sha256(f"{self._origin} {_digest(tokens)}".encode()).hexdigest()
        return self._folder / f"{name}{_ENDING}"

    def _make_room(self, *, new_bytes: int) -> None:
        """Removes what was used longest ago until so many bytes more fit in."""
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                facts = path.lstat()
                if path.suffix == _PARTIAL and time.time() - facts.st_mtime > _ABANDONED_S:
                    path.unlink(missing_ok=True)
                elif path.suffix == _ENDING:
                    found.append((facts.st_mtime, facts.st_size, path))
        room = self._bytes_max - new_bytes - _HEADER_BYTES_MAX - sum(size for _, size, _ in found)
        for _, freed, path in sorted(found):
            if room >= 0:
                return
            path.unlink(missing_ok=True)
            room += freed


def _digest(tokens: Sequence[int]) -> str:
    return hashlib.sha256(",".join(map(str, tokens)).encode()).hexdigest()


def _read_header(line: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}
