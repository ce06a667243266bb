"""Packs: many objects in one file, most of them as differences from others."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator

from playground.domain.errors import Unavailable
from playground.security.git_objects.deltas import applied
from playground.security.git_objects.digests import Budget, GitObject, ObjectFormat, damaged
from playground.security.git_objects.files import GitFolder

_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _NAME_DELTA = 6, 7
_INDEX_HEAD = b"\xfftOc\0\0\0\2"
_FANOUT = 8
_NAMES = _FANOUT + 256 * 4
_CHUNK_BYTES = 1 << 16
_DEPTH_MAX = 5_000
_KEPT_BYTES_MAX = 32 << 20
_WAITING_BYTES_MAX = 64 << 20
_HIGH = 1 << 31


class Pack:
    """One pack with its index, open until `close` is called on the stack it was opened with."""

    def __init__(
        self, folder: GitFolder, name: str, *, form: ObjectFormat, stack: contextlib.ExitStack
    ) -> None:
        """Opens both files.

        Raises:
            Unavailable: they are missing, damaged or of another version.
        """
        self._name = name
        self._width = form.digest_bytes
        try:
            self._index = stack.enter_context(folder.opened(f"pack/{name}.idx"))
            self._pack = stack.enter_context(folder.opened(f"pack/{name}.pack"))
        except OSError as error:
            raise damaged(f"The pack {name}") from error
        if os.pread(self._index, len(_INDEX_HEAD), 0) != _INDEX_HEAD:
            raise Unavailable(f"The pack {name} has an old kind of index; run `git gc`.")
        self._fanout = struct.unpack(">256I", self._from_index(_FANOUT, 1024))
        self._count = self._fanout[-1]
        self._kept: OrderedDict[int, GitObject] = OrderedDict()
        self._kept_bytes = 0

    def offset_of(self, name: bytes) -> int | None:
        """Returns where an object begins, None when it is not in this pack."""
        first = next(self._from(name), None)
        return self._offset(first[0]) if first is not None and first[1] == name else None

    def names_like(self, prefix: str) -> Iterator[str]:
        """Yields the names that begin with some hexadecimal digits."""
        even = bytes.fromhex(prefix[: len(prefix) // 2 * 2])
        for _index, name in self._from(even):
            if not name.startswith(even):
                return
            if name.hex().startswith(prefix):
                yield name.hex()

    def read(self, offset: int, *, budget: Budget) -> GitObject:
        """Returns the object that begins there.

        Raises:
            Unavailable: it is damaged or too large.
        """
        deltas: list[tuple[int, bytes]] = []
        waiting_bytes = 0
        while (found := self._kept.get(offset)) is None:
            kind, size, start = self._head(offset)
            if kind in _KINDS:
                found = self._keep(
                    offset, GitObject(_KINDS[kind], self._inflated(start, size, budget))
                )
                break
            base, start = self._base(kind, offset, start)
            waiting_bytes += size
            if waiting_bytes > _WAITING_BYTES_MAX:
                raise Unavailable(
                    f"The pack {self._name} makes an object from more than can be believed; "
                    "compare with a baseline file."
                )
            deltas.append((offset, self._inflated(start, size, budget)))
            if len(deltas) > _DEPTH_MAX:
                raise damaged(f"The pack {self._name}")
            offset = base
        for place, delta in reversed(deltas):
            data = applied(delta, base=found.data, budget=budget)
            found = self._keep(place, GitObject(found.kind, data))
        return found

    def _from(self, wanted: bytes) -> Iterator[tuple[int, bytes]]:
        """Yields the index entries from the first name on that is not less than `wanted`."""
        byte = wanted[0] if wanted else 0
        low = self._fanout[byte - 1] if byte else 0
        high = self._fanout[byte] if len(wanted) == self._width else self._count
        end = high
        while low < high:
            middle = (low + high) // 2
            if self._name_at(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        for index in range(low, end):
            yield index, self._name_at(index)

    def _name_at(self, index: int) -> bytes:
        return self._from_index(_NAMES + index * self._width, self._width)

    def _offset(self, index: int) -> int:
        offsets = _NAMES + self._count * (self._width + 4)
        (offset,) = struct.unpack(">I", self._from_index(offsets + index * 4, 4))
        if offset & _HIGH:
            far = offsets + self._count * 4 + (offset & ~_HIGH) * 8
            (offset,) = struct.unpack(">Q", self._from_index(far, 8))
        return int(offset)

    def _from_index(self, place: int, count: int) -> bytes:
        content = os.pread(self._index, count, place)
        if len(content) != count:
            raise damaged(f"The index of pack {self._name}")
        return content

    def _head(self, offset: int) -> tuple[int, int, int]:
        """Returns an entry's kind, its size unpacked, and where its data begins."""
        head = self._from_pack(offset, 16)
        kind, size, shift = head[0] >> 4 & 7, head[0] & 15, 4
        index = 0
        while head[index] & 0x80:
            index += 1
            if index == len(head):
                raise damaged(f"The pack {self._name}")
            size |= (head[index] & 0x7F) << shift
            shift += 7
        return kind, size, offset + index + 1

    def _base(self, kind: int, offset: int, start: int) -> tuple[int, int]:
        """Returns where the object begins that a difference is taken from, and the difference."""
        if kind == _NAME_DELTA:
            base = self.offset_of(self._from_pack(start, self._width))
            if base is None:
                raise damaged(f"The pack {self._name}")
            return base, start + self._width
        if kind != _OFFSET_DELTA:
            raise damaged(f"The pack {self._name}")
        head = self._from_pack(start, 16)
        distance, index = head[0] & 0x7F, 0
        while head[index] & 0x80:
            index += 1
            if index == len(head):
                raise damaged(f"The pack {self._name}")
            distance = (distance + 1 << 7) | (head[index] & 0x7F)
        if not 0 < distance <= offset:
            raise damaged(f"The pack {self._name}")
        return offset - distance, start + index + 1

    def _from_pack(self, place: int, count: int) -> bytes:
        content = os.pread(self._pack, count, place)
        if not content:
            raise damaged(f"The pack {self._name}")
        # A file ends with a checksum, so an entry's head is never cut off in a sound one.
        return content.ljust(count, b"\0")

    def _inflated(self, start: int, count: int, budget: Budget) -> bytes:
        left = budget.take(count)
        unpacker, content = zlib.decompressobj(), bytearray()
        try:
            while left > 0 and not unpacker.eof:
                chunk = os.pread(self._pack, _CHUNK_BYTES, start)
                if not chunk:
                    break
                start += len(chunk)
                content += unpacker.decompress(chunk, left)
                left = count - len(content)
        except zlib.error as error:
            raise damaged(f"The pack {self._name}") from error
        if len(content) != count:
            raise damaged(f"The pack {self._name}")
        return bytes(content)

    def _keep(self, offset: int, found: GitObject) -> GitObject:
        """Keeps an object in memory, since others are likely to be made from it."""
        self._kept[offset] = found
        self._kept_bytes += len(found.data)
        while self._kept_bytes > _KEPT_BYTES_MAX and len(self._kept) > 1:
            _old, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped.data)
        return found
