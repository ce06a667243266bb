"""The journal at the place that is configured; what a server needs is loaded for one alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from playground.domain.campaigns import Records
from playground.domain.errors import Unavailable
from playground.journal.sqlite import SqliteJournal
from playground.plugins import load


class _Adapter(Protocol):
    def opened(self, url: str, *, password: str, state: Path) -> Records: ...


def records_at(url: str, password: Callable[[], str], *, state: Path) -> Records:
    """Opens the journal: in a file of the state folder, or on a PostgreSQL server.

    Args:
        url: the database, as postgresql://user@host/database; "" for the file.
        password: gives the one that counts where the URL has none.
        state: the folder of this machine's state.

    Raises:
        BadInput: the URL cannot be used.
        Unavailable: the packages for a server are not installed.
        StorageUnavailable: the file or the server cannot be used.
    """
    if not url:
        return SqliteJournal(state / "journal.sqlite")
    try:
        adapter = cast("_Adapter", load("playground.journal", name="postgres"))
    except Unavailable as error:
        raise Unavailable(
            "tools.journal.url is set, but its packages are missing; "
            "install playground[postgres] or unset it."
        ) from error
    return adapter.opened(url, password=password(), state=state)
