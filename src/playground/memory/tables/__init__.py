"""Tables: where rows of episodes lie. Each module of this folder is one kind of table.

A module offers `make(location: Location) -> Place`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from playground import plugins
from playground.domain.ports import RecallQuery
from playground.memory.locations import Location

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
        """Stores rows in one commit each for new ids, which are appended, and for known ones."""
        ...

    def scan(self) -> Iterator[list[Row]]:
        """Returns all rows in batches: the episodes' columns and the vector."""
        ...

    def waiting(self, *, limit: int) -> list[Row]:
        """Returns the episodes' columns of rows that have no vector yet."""
        ...

    def fill(self, rows: Sequence[Row]) -> None:
        """Replaces rows by these where they still have no vector; adds none."""
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

    def in_order(self) -> list[str]:
        """Returns the ids of all rows, first decided first."""
        ...

    def known(self, identifiers: Sequence[str]) -> frozenset[str]:
        """Returns those of these ids that there are rows of."""
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

    def tidy(self) -> None:
        """Joins fragments and brings indexes up to date, safe beside writers of rows.

        Versions that are no longer the newest for some seconds go.
        """
        ...

    def compact(self) -> None:
        """Does what `tidy` does, and deletes all that the newest version does not need.

        Only safe while nobody else writes.
        """
        ...


class Place(Protocol):
    """A folder that may hold a table."""

    def open(self) -> Table | None:
        """Opens the table; None when there is none yet."""
        ...

    def replace(self, stamp: Stamp, *, batches: Iterable[Sequence[Row]]) -> Table:
        """Puts a table of these rows where none is, or in place of another, in one commit."""
        ...

    def drop(self) -> None:
        """Removes the table, readable or not."""
        ...


def exists(location: Location) -> bool:
    """Tells whether there may be a table, without loading any library."""
    folder = location.folder
    return folder is None or any((folder / name).exists() for name in TABLE_NAMES)


def prepare(kind: str = "lance") -> Callable[[Location], Place]:
    """Loads the library of a kind of table, which takes a second or more, and touches nothing.

    Returns:
        Makes the place for a table at a location; makes the folder as well.

    Raises:
        BadInput: there is no such kind.
        Unavailable: its library is missing.
    """
    module = plugins.load(__name__, name=kind)
    return cast("Callable[[Location], Place]", module.make)


def place(location: Location, *, kind: str = "lance") -> Place:
    """Returns the place for a table of this kind; see `prepare`."""
    return prepare(kind)(location)
