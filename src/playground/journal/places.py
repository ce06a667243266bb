"""The places where a journal may lie; what a server needs is loaded for one alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from playground.domain.audits import AuditReport
from playground.domain.campaigns import Records
from playground.domain.errors import BadInput, Unavailable
from playground.journal.absent import AbsentJournal
from playground.journal.moving import Storage, moved
from playground.journal.server.address import Address, address_of
from playground.journal.sqlite import SqliteJournal
from playground.plugins import load

FILE = "file"
"""Names the place in the state folder."""


class _Stored(Records, Storage, Protocol):
    """A journal that can also be moved."""


class _Adapter(Protocol):
    def opened(self, url: str, *, password: str, state: Path) -> _Stored: ...


@dataclass(frozen=True, slots=True)
class JournalPlaces:
    """Where the journal lies, and where else it could.

    Attributes:
        url: a database, as postgresql://user@host/database; "" for the file.
        password: gives the one that counts where a URL has none.
        state: the folder of this machine's state.
    """

    url: str = field(repr=False)
    password: Callable[[], str]
    state: Path

    def open(self) -> Records:
        """Opens the journal.

        One that cannot be used, say because its server is down, says so at its first use. What
        needs no journal works without it.

        Raises:
            BadInput: the URL cannot be used.
        """
        try:
            return self._at(self.url)
        except Unavailable as error:
            return AbsentJournal(error, again=lambda: self._at(self.url))

    def database(self) -> Address | None:
        """Returns the database that the journal lies in, None for the file.

        Raises:
            BadInput: the URL cannot be used.
        """
        return address_of(self.url, password=self.password()) if self.url else None

    def move(self, to: str, *, told: Callable[[int], None]) -> AuditReport:
        """Moves the journal to another place, where it may have begun to lie already.

        Where it was stays as it is, but takes no events any more.

        Args:
            to: the URL of a database, or "file".
            told: hears how many events are there.

        Raises:
            BadInput: it lies there already, or the place has another history.
            Tampered: the events of one side do not add up.
            Conflict: events were recorded meanwhile.
            Unavailable: one of the places cannot be used.
        """
        if to == (self.url or FILE):
            raise BadInput("The journal lies there already; name another place.")
        with (
            contextlib.closing(self._at(self.url)) as source,
            contextlib.closing(self._at("" if to == FILE else to)) as target,
        ):
            return moved(source, target, told=told)

    def reopen(self) -> bool:
        """Lets the journal take events where it is, though it was moved to another place.

        Returns:
            whether it was moved.

        Raises:
            BadInput: the URL cannot be used.
            Unavailable: the place cannot be used.
        """
        with contextlib.closing(self._at(self.url)) as journal:
            was_moved = bool(journal.moved_to())
            journal.reopen()
            return was_moved

    def _at(self, url: str) -> _Stored:
        if not url:
            return SqliteJournal(self.state / "journal.sqlite")
        try:
            adapter = cast("_Adapter", load("playground.journal", name="postgres"))
        except Unavailable as error:
            raise Unavailable(
                "A journal on a server needs packages that are missing; "
                "install playground[postgres], or unset tools.journal.url."
            ) from error
        return adapter.opened(url, password=self.password(), state=self.state)
