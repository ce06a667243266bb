"""A journal that could not be opened, for commands that say so, do without it or wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import cast

from playground.domain.campaigns import Records
from playground.domain.errors import Unavailable
from playground.domain.recording import RecordsAround

_AGAIN_S = 2.0
"""Seconds between two attempts, so that commands that do without it are not held up by each use."""


class _Nothing:
    """Has every method, and does none before the journal can be opened."""

    def __init__(
        self, error: Unavailable, again: Callable[[], Records], now: Callable[[], float]
    ) -> None:
        self._error = error
        self._again = again
        self._now = now
        self._tried_at = now()
        self._lock = threading.Lock()
        self.opened: Records | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._there(), name)

    def _there(self) -> Records:
        with self._lock:
            if self.opened is None:
                now = self._now()
                if now - self._tried_at < _AGAIN_S:
                    raise self._error
                self._tried_at = now
                try:
                    self.opened = self._again()
                except Unavailable as error:
                    self._error = error
                    raise
            return self.opened


class AbsentJournal(RecordsAround):
    """The port `Records` that answers with why the journal cannot be used, until it can.

    A worker may be started while the database is away; it must not be useless for ever.

    Args:
        error: what became of the attempt to open it.
        again: opens it.
        now: gives seconds since any moment, never going back.
    """

    def __init__(
        self,
        error: Unavailable,
        *,
        again: Callable[[], Records],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nothing = _Nothing(error, again, now)
        super().__init__(cast("Records", self._nothing))

    def close(self) -> None:
        """Closes what was opened since."""
        if self._nothing.opened is not None:
            self._nothing.opened.close()
