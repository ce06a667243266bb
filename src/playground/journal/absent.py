"""A journal that could not be opened, for commands that say so or do without it."""

from __future__ import annotations

from typing import NoReturn, cast

from playground.domain.campaigns import Records
from playground.domain.errors import Unavailable
from playground.domain.recording import RecordsAround


class _Nothing:
    """Has every method and does none."""

    def __init__(self, error: Unavailable) -> None:
        self._error = error

    def __getattr__(self, name: str) -> NoReturn:
        raise self._error


class AbsentJournal(RecordsAround):
    """The port `Records` that answers every use with why the journal cannot be used.

    Args:
        error: what became of the attempt to open it.
    """

    def __init__(self, error: Unavailable) -> None:
        super().__init__(cast("Records", _Nothing(error)))

    def close(self) -> None:
        """Has nothing to close."""
