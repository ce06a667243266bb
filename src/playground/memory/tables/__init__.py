"""Tables: where rows of episodes lie. Each module of this folder is one kind of table.

A module offers `make(folder: Path) -> Place`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from playground import plugins
from playground.domain.ports import RecallQuery

SCHEMA_VERSION = 2
"""Raised when the columns change; a table of an older version is written anew when opened."""

TABLE_NAMES = ("episodes.lance",)
"""What a table is called in its folder, by any of the kinds."""

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a table says about itself.

    Attributes:
        schema: version of its columns.
        embedder: id of the embedder that made its vectors.
        dimensions: length of its vectors.
    """

    schema: int
    embedder: str
    dimensions: int


class Table(Protocol):
    """A table of episodes. Every method raises whatever its library raises."""

    def stamp(self) -> Stamp:
        """Returns what the newest version of the table says about itself."""
        ...

    def put(self, rows: Sequence[Row]) -> None:
        """Stores rows in one commit; a row with a known id replaces the old one."""
        ...

    def erase(self, identifier: str) -> bool:
        """Removes the row for good; False when there is none.

        All that is kept is written anew and all that was is deleted, so that on return no file
        holds anything of the row. Only safe while nobody else writes.
        """
        ...

    def nearest(self, vector: Sequence[float], *, query: RecallQuery, limit: int) -> list[str]:
        """Returns ids of the rows that fit the query's filters, nearest vectors first."""
        ...

    def matching(self, words: str, *, query: RecallQuery, limit: int) -> list[str]:
        """Returns ids of the rows that fit the filters and share words, best match first."""
        ...

    def newest(self, query: RecallQuery, *, limit: int) -> list[Row]:
        """Returns the episodes' columns of rows that fit the filters, last decided first."""
        ...

    def fetch(self, identifiers: Sequence[str]) -> dict[str, Row]:
        """Returns the episodes' columns of these rows by id; missing ones are left out."""
        ...

    def count(self) -> int:
        """Returns the number of rows."""
        ...

    def pieces(self) -> int:
        """Returns the number of fragments that compacting would join."""
        ...

    def compact(self) -> None:
        """Joins fragments, brings indexes up to date and deletes all that is no longer needed.

        Only safe while nobody else writes.
        """
        ...


class Place(Protocol):
    """A folder that may hold a table."""

    def open(self) -> Table | None:
        """Opens the table; None when there is none yet."""
        ...

    def replace(self, stamp: Stamp, *, rows: Sequence[Row]) -> Table:
        """Puts a table of these rows where none is, or in place of another, in one commit."""
        ...

    def drop(self) -> None:
        """Removes the table, readable or not."""
        ...


def exists(folder: Path) -> bool:
    """Tells whether the folder holds a table, without loading any library."""
    return any((folder / name).exists() for name in TABLE_NAMES)


def prepare(kind: str = "lance") -> Callable[[Path], Place]:
    """Loads the library of a kind of table, which takes a second or more, and touches no folder.

    Returns:
        Makes the place for a table in a folder; makes the folder as well.

    Raises:
        BadInput: there is no such kind.
        Unavailable: its library is missing.
    """
    module = plugins.load(__name__, name=kind)
    return cast("Callable[[Path], Place]", module.make)


def place(folder: Path, *, kind: str = "lance") -> Place:
    """Returns the place for a table of this kind in a folder; see `prepare`."""
    return prepare(kind)(folder)
