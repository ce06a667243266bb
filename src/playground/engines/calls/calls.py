"""Calls under way, so that another thread or a deadline can end one at once.

A call that waits for an answer sits in a blocking read of a socket. Shutting that socket down
from outside ends the read within milliseconds on every platform, and the server sees the
connection close, which is how it learns that nobody wants the answer any more.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator, Mapping
from typing import Protocol, cast

from playground.domain.errors import EngineUnavailable


class _Stream(Protocol):
    def get_extra_info(self, info: str) -> object: ...


class Call:
    """One request on its way; `cancel` may be called from any thread.

    Attributes:
        id: the request's id.
        started: monotonic seconds when it began.

    Args:
        request_id: the request's id.
        deadline_s: seconds after which it is given up.
    """

    def __init__(self, request_id: str, *, deadline_s: float) -> None:
        self.id = request_id
        self.started = time.monotonic()
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._cancelled = False
        self._expired = False

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it."""
        return self._cancelled

    @property
    def over(self) -> bool:
        """Whether it was cancelled or its time is up; the answer is then of no use."""
        return self._cancelled or self._expired

    @property
    def seconds(self) -> float:
        """Wall seconds so far."""
        return time.monotonic() - self.started

    @property
    def remaining_s(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self._deadline_s - self.seconds)

    def cancel(self) -> None:
        """Ends the call at once."""
        self._cancelled = True
        self._cut()

    def expire(self) -> None:
        """Ends the call because its time is up."""
        self._expired = True
        self._cut()

    def too_late(self, what: str) -> EngineUnavailable:
        """Returns the error for a call whose time was up."""
        return EngineUnavailable(
            f"{what} did not answer within {self._deadline_s:.0f} s; "
            "raise model.request_deadline_s or choose a smaller model."
        )

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Takes the HTTP client's news and notes each connection that is opened for this call."""
        if not event.startswith("connection.") or not event.endswith(".complete"):
            return
        stream = info.get("return_value")
        if not hasattr(stream, "get_extra_info"):
            return
        connection = cast("_Stream", stream).get_extra_info("socket")
        if isinstance(connection, socket.socket):
            with self._lock:
                self._sockets.append(connection)
            if self.over:
                self._cut()

    def _cut(self) -> None:
        with self._lock:
            sockets = tuple(self._sockets)
        for connection in sockets:
            with contextlib.suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)


class Calls:
    """The calls of one engine that are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Call] = []

    @contextlib.contextmanager
    def running(self, request_id: str, *, deadline_s: float) -> Generator[Call]:
        """Notes a call for as long as it takes, and ends it when its time is up."""
        call = Call(request_id, deadline_s=deadline_s)
        timer = threading.Timer(deadline_s, call.expire)
        timer.daemon = True
        with self._lock:
            self._running.append(call)
        timer.start()
        try:
            yield call
        finally:
            timer.cancel()
            with self._lock:
                self._running.remove(call)

    def cancel(self, request_id: str) -> bool:
        """Cancels every call with this id; False when there is none."""
        with self._lock:
            found = [call for call in self._running if call.id == request_id]
        for call in found:
            call.cancel()
        return bool(found)

    def cancel_all(self) -> None:
        """Cancels every call."""
        with self._lock:
            found = tuple(self._running)
        for call in found:
            call.cancel()
