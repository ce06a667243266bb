"""The objects of a repository: loose ones, packs, and those of the stores it borrows from."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from playground.domain.errors import Unavailable
from playground.security.git_objects.digests import (
    Budget,
    GitObject,
    ObjectFormat,
    damaged,
    name_of,
)
from playground.security.git_objects.files import GitFolder, below
from playground.security.git_objects.packs import Pack

_ALTERNATES_MAX = 16
_PACKS_MAX = 300
_HEAD_BYTES_MAX = 64
_HEAD = re.compile(rb"(commit|tree|blob|tag) (0|[1-9][0-9]{0,18})\0")
_PACK = re.compile(r"(pack-[0-9a-f]{40,64})\.idx")
_OBJECT_BYTES_MAX = 64 << 20
_TOTAL_BYTES_MAX = 2 << 30


class ObjectStore:
    """Reads objects by name; a context, because packs stay open.

    The stores of `objects/info/alternates` are read as well, as git does: an object is only ever
    found by its digest, so a foreign store can give nothing away that is not known already.
    """

    def __init__(self, objects: GitFolder, *, form: ObjectFormat) -> None:
        """Takes the folder `objects` of a repository, and how its objects are named."""
        self._form = form
        self._stack = contextlib.ExitStack()
        self._folders = _with_alternates(objects)
        self._packs: list[Pack] | None = None
        self._budget = Budget(bytes_max=_TOTAL_BYTES_MAX, object_bytes_max=_OBJECT_BYTES_MAX)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def read(self, name: str, *, kind: str = "") -> GitObject:
        """Returns an object; its digest is checked.

        Args:
            name: all hexadecimal digits.
            kind: what it has to be, "" for anything.

        Raises:
            Unavailable: it is missing, damaged, too large or of another kind.
        """
        found = self._loose(name) or self._packed(name)
        if found is None:
            raise Unavailable(
                f"The git object {name} is not here; fetch it, because this clone is not whole."
            )
        if name_of(found.kind, found.data, form=self._form) != name or found.kind != (
            kind or found.kind
        ):
            raise damaged(f"The git object {name}")
        return found

    def names_like(self, prefix: str) -> set[str]:
        """Returns the names that begin with at least four hexadecimal digits."""
        loose = {
            prefix[:2] + rest
            for folder in self._folders
            for rest in folder.names(prefix[:2])
            if len(rest) == 2 * self._form.digest_bytes - 2
        }
        packed = {name for pack in self._opened_packs() for name in pack.names_like(prefix)}
        return {name for name in loose if name.startswith(prefix)} | packed

    def _loose(self, name: str) -> GitObject | None:
        for folder in self._folders:
            content = folder.read(f"{name[:2]}/{name[2:]}", bytes_max=_OBJECT_BYTES_MAX)
            if content is not None:
                return self._unpacked(name, content)
        return None

    def _unpacked(self, name: str, content: bytes) -> GitObject:
        unpacker = zlib.decompressobj()
        try:
            begin = unpacker.decompress(content, _HEAD_BYTES_MAX)
            head = _HEAD.match(begin)
            if head is None:
                raise damaged(f"The git object {name}")
            size = self._budget.take(int(head[2]))
            data = begin[head.end() :]
            # One byte more than announced, to see that there is none; 0 would mean no limit.
            data += unpacker.decompress(unpacker.unconsumed_tail, max(1, size + 1 - len(data)))
        except zlib.error as error:
            raise damaged(f"The git object {name}") from error
        if len(data) != size:
            raise damaged(f"The git object {name}")
        return GitObject(head[1].decode(), data)

    def _packed(self, name: str) -> GitObject | None:
        for pack in self._opened_packs():
            offset = pack.offset_of(bytes.fromhex(name))
            if offset is not None:
                return pack.read(offset, budget=self._budget)
        return None

    def _opened_packs(self) -> list[Pack]:
        if self._packs is None:
            names = [(folder, name) for folder in self._folders for name in _packs_in(folder)]
            if len(names) > _PACKS_MAX:
                raise Unavailable(f"The repository has {len(names)} packs; run `git gc`.")
            self._packs = [
                Pack(folder, name, form=self._form, stack=self._stack) for folder, name in names
            ]
        return self._packs


def _packs_in(folder: GitFolder) -> Iterator[str]:
    for name in folder.names("pack"):
        match = _PACK.fullmatch(name)
        if match:
            yield match[1]


def _with_alternates(objects: GitFolder) -> list[GitFolder]:
    """Returns the store and those it borrows from, each once."""
    found = {objects.path.resolve(): objects}
    waiting = [objects]
    while waiting:
        folder = waiting.pop()
        for path in _alternates_of(folder):
            if path not in found:
                found[path] = GitFolder(path)
                waiting.append(found[path])
            if len(found) > _ALTERNATES_MAX:
                raise Unavailable(
                    f"The repository borrows from more than {_ALTERNATES_MAX} others; run `git gc`."
                )
    return list(found.values())


def _alternates_of(folder: GitFolder) -> Iterator[Path]:
    for line in (folder.text("info/alternates") or "").splitlines():
        if line and not line.startswith(("#", '"')):
            path = below(folder.path, line)
            if path.is_dir():
                yield path
