"""A SQLite file as the audit reads it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from playground.journal.audit import Damaged
from playground.journal.schema import is_as_made, is_damage, number

_DAMAGES_SHOWN = 5


class SqliteLedger:
    """The port `Ledger` on a file.

    Args:
        db: a connection inside a read transaction.

    Raises:
        Damaged: the file's content is broken.
        sqlite3.Error: the file cannot be read at all.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def damages(self) -> Iterator[str]:
        """Yields what is wrong with the tables and the file itself."""
        with _told():
            if not is_as_made(self._db):
                yield "The tables are not those that Playground made."
            for (message,) in self._db.execute(f"PRAGMA integrity_check({_DAMAGES_SHOWN})"):
                if message != "ok":
                    yield f"The file is damaged: {message}."

    def events(self) -> Iterable[Any]:
        """Yields all events by position."""
        yield from self._all(
            "SELECT position, run, seq, at, form, body, run_hash, hash FROM event ORDER BY position"
        )

    def given(self) -> int:
        """Returns the newest position that was given out."""
        with _told():
            return number(self._db, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'event'")

    def index(self) -> Iterable[Any]:
        """Yields the table of runs."""
        yield from self._all("SELECT id, root, key, first, ended FROM run")

    def _all(self, query: str) -> Iterator[Any]:
        with _told():
            yield from self._db.execute(query)


@contextlib.contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        raise Damaged(str(error)) from error
