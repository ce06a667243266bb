"""Episodes on their way into a new table, laid aside in a nameless file and not held in memory.

A table is made in one commit by a thread of the database, under locks. Where the episodes come
from may be slow, may fail, or may be the table that is replaced; so they are taken in before.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from playground.domain.episodes import Episode
from playground.memory.locations import Location
from playground.memory.rows import COLUMNS
from playground.memory.trouble import translated

_HELD_BYTES_MAX = 8 * 1024 * 1024


@contextmanager
def spooled(location: Location) -> Generator[Spool]:
    """Opens a spool on the disk of a memory, which has to have room for the new table anyway.

    Raises:
        StorageUnavailable: its folder cannot be made.
    """
    folder = location.locks
    with translated(location):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.SpooledTemporaryFile(_HELD_BYTES_MAX, dir=str(folder)) as file:
        yield Spool(file, location=location)


class Spool:
    """Takes scrubbed episodes in once and gives them back once; of one id the last one counts.

    Held in memory is a number for each id. The file has no name, so a kill leaves nothing of it.
    """

    def __init__(self, file: IO[bytes], *, location: Location) -> None:
        """Wraps an empty file; the location is for sentences."""
        self._file = file
        self._location = location
        self._last: dict[str, int] = {}

    def __len__(self) -> int:
        """Returns how many distinct episodes it has."""
        return len(self._last)

    def add(self, episodes: Iterable[Episode]) -> None:
        """Takes episodes in.

        Raises:
            StorageUnavailable: the disk is full.
        """
        for episode in episodes:
            values = [getattr(episode, name) for name in COLUMNS]
            with translated(self._location):
                self._last[episode.id] = self._file.tell()
                self._file.write(json.dumps(values).encode() + b"\n")

    def episodes(self) -> Iterator[Episode]:
        """Yields what was taken in, in that order."""
        self._file.seek(0)
        place = 0
        for line in self._file:
            episode = Episode(*cast("list[Any]", json.loads(line)))
            if self._last[episode.id] == place:
                yield episode
            place += len(line)
