"""The two ways in which git names objects, and its object headers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from playground.domain.errors import Unavailable


class ObjectFormat(StrEnum):
    """The digest that names objects; the values are those of `extensions.objectformat`."""

    SHA1 = "sha1"
    SHA256 = "sha256"

    @property
    def digest_bytes(self) -> int:
        """Length of a name in bytes."""
        return 20 if self is ObjectFormat.SHA1 else 32


@dataclass(frozen=True, slots=True)
class GitObject:
    """An object.

    Attributes:
        kind: "commit", "tree", "blob" or "tag".
        data: its content.
    """

    kind: str
    data: bytes


def name_of(kind: str, data: bytes, *, form: ObjectFormat) -> str:
    """Returns an object's name in hexadecimal digits."""
    digest = hashlib.new(form.value, usedforsecurity=False)
    digest.update(b"%s %d\0" % (kind.encode(), len(data)))
    digest.update(data)
    return digest.hexdigest()


class Budget:
    """Bytes that may be unpacked while one question is answered.

    Args:
        bytes_max: of all objects together.
        object_bytes_max: of one object, and of each one that it is made from.
    """

    def __init__(self, *, bytes_max: int, object_bytes_max: int) -> None:
        self._left = bytes_max
        self._object_bytes_max = object_bytes_max

    def take(self, count: int) -> int:
        """Returns the count when that many bytes may be unpacked.

        Raises:
            Unavailable: they may not.
        """
        if count > self._object_bytes_max:
            raise Unavailable(
                f"A git object has {count} bytes, more than {self._object_bytes_max}; "
                "compare with a baseline file in place of a revision."
            )
        self._left -= count
        if self._left < 0:
            raise Unavailable(
                "The revision unpacks to more than can be believed; compare with a baseline file."
            )
        return count


def damaged(what: str) -> Unavailable:
    """Returns the error about an object that does not add up."""
    return Unavailable(f"{what} is damaged; run `git fsck` in a repository that you trust.")
