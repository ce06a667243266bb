"""Which call a thread works for: each connection that it opens meanwhile ends with that call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx2

from playground.engines.calls import Call, Calls

_LOOK = "look"
_POLL_S = 0.05


class Watching:
    """Lets calls know their connections, and one thread look at a server at a time.

    Attributes:
        looking: held by who looks.

    Args:
        calls: those of one engine.
    """

    def __init__(self, calls: Calls) -> None:
        self.looking = threading.Lock()
        self._calls = calls
        self._call: ContextVar[Call | None] = ContextVar("call", default=None)

    @property
    def is_over(self) -> bool:
        """Whether what this thread works for was cancelled or is too late."""
        call = self._call.get()
        return call is not None and call.over

    @contextmanager
    def working_for(self, call: Call) -> Generator[None]:
        """Lets the call know each connection that is opened meanwhile."""
        token = self._call.set(call)
        try:
            yield
        finally:
            self._call.reset(token)

    @contextmanager
    def brief(self, timeout_s: float) -> Generator[Call]:
        """Opens a call beside the answers, with a time of its own; it ends with what it is for."""
        outer = self._call.get()
        name = outer.id if outer else _LOOK
        with self._calls.running(name, deadline_s=timeout_s) as call, self.working_for(call):
            if outer is not None and outer.over:
                call.cancel()
            yield call

    @contextmanager
    def one_look(self, *, unless: Callable[[], None]) -> Generator[None]:
        """Waits for the turn to look.

        Args:
            unless: raises when nobody waits for it any more.
        """
        while not self.looking.acquire(timeout=_POLL_S):
            unless()
        try:
            yield
        finally:
            self.looking.release()

    def noted(self, request: httpx2.Request) -> None:
        """Sees each request before it is sent; a hook of the HTTP client."""
        call = self._call.get()
        if call is not None:
            request.extensions = {**request.extensions, "trace": call.trace}
