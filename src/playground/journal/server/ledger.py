"""A journal on a server as the audit reads it."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from pg8000.exceptions import DatabaseError

from playground.journal.audit import Damaged
from playground.journal.server.session import Session
from playground.journal.server.tables import is_as_made
from playground.journal.server.trouble import is_damage

_PAGE_ROWS = 500


class ServerLedger:
    """The port `Ledger` on a server; all that it reads is of one moment.

    Args:
        session: in a transaction of the level "repeatable read".

    Raises:
        Damaged: the server cannot read what it stored.
        Lost: the session is over.
        DatabaseError: the server says no.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def damages(self) -> Iterator[str]:
        """Yields what is wrong with the tables."""
        with _told():
            if not is_as_made(self._session):
                yield "The tables are not those that Playground made."

    def events(self) -> Iterable[Any]:
        """Yields all events by position."""
        position, page = -(2**63), [()]
        while page:
            with _told():
                page = self._session.ask(
                    "SELECT position, run, seq, at, form, body, run_hash, hash FROM event "
                    "WHERE position > ? ORDER BY position LIMIT ?",
                    (position, _PAGE_ROWS),
                )
            yield from page
            position = page[-1][0] if page else position

    def given(self) -> int:
        """Returns where the table `head` says that the journal ends."""
        with _told():
            rows = self._session.ask("SELECT max(position) FROM head")
        return int(rows[0][0] or 0)

    def index(self) -> Iterable[Any]:
        """Yields the table of runs."""
        with _told():
            yield from self._session.ask("SELECT id, root, key, first, ended FROM run")


@contextlib.contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except DatabaseError as error:
        if not is_damage(error):
            raise
        raise Damaged(str(error)) from error
