"""A line to a server: the same work again in a new session when the old one was lost."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from pg8000.exceptions import DatabaseError

from playground.domain.errors import StorageUnavailable
from playground.domain.outages import Outage
from playground.journal.server.address import Address
from playground.journal.server.session import Session
from playground.journal.server.trouble import Lost, trouble

T = TypeVar("T")

_PAUSE_MIN_S = 0.05
_PAUSE_MAX_S = 1.0


class Line:
    """One session at a time, opened at first use and again when it was lost; threads take turns.

    Args:
        address: the database.
        greet: what every new session begins with.
        patience_s: how long to try again when the server is gone, had once for an outage.
        now: seconds of any clock that only goes on.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        address: Address,
        *,
        greet: Callable[[Session], None],
        patience_s: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._outage = Outage()
        self._address = address
        self._greet = greet
        self._patience_s = patience_s
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._is_closed = False

    def carry(self, work: Callable[[Session], T], *, patience_s: float | None = None) -> T:
        """Runs a piece of work in a session; again from its beginning when the session was lost.

        Args:
            work: leaves nothing behind that a second run of it would not find or repeat.
            patience_s: how long to try again after a loss, None for the line's own patience.

        Raises:
            StorageUnavailable: the server does not come back, or says no.
        """
        patience_s = self._patience_s if patience_s is None else patience_s
        until, pause_s = math.inf, _PAUSE_MIN_S
        with self._lock:
            while True:
                try:
                    answer = self._once(work)
                except Lost as error:
                    failed = self._outage.failed(now=self._now(), patience_s=patience_s)
                    until = min(until, failed)
                    if self._now() + pause_s > until:
                        raise StorageUnavailable(
                            f"The journal {self._address} has trouble: the server does not answer "
                            f"({error}); start it or check the way to it, and start again."
                        ) from error
                    self._sleep(pause_s)
                    pause_s = min(2 * pause_s, _PAUSE_MAX_S)
                else:
                    self._outage.over()
                    return answer

    def close(self) -> None:
        """Ends the session; may be called twice."""
        with self._lock:
            self._is_closed = True
            self._drop()

    def _once(self, work: Callable[[Session], T]) -> T:
        if self._is_closed:
            raise StorageUnavailable(f"The journal {self._address} is closed; open it again.")
        try:
            return work(self._session or self._opened())
        except DatabaseError as error:
            raise trouble(error, at=self._address) from error
        finally:
            if self._session is not None:
                self._session.reset()
                if not self._session.is_usable:
                    self._drop()

    def _opened(self) -> Session:
        session = Session(self._address)
        try:
            self._greet(session)
        except BaseException:
            session.close()
            raise
        self._session = session
        return session

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
