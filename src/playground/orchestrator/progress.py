"""Live progress from inside a step, for whoever listens."""

from __future__ import annotations

from collections.abc import Callable


class Ticker:
    """Carries progress out of nodes; nothing depends on anyone listening.

    Attributes:
        listener: called with a step's name and the tokens made in it so far, possibly from
            several threads.
        waiting: called with an engine's name and the seconds until its limit lets the next call
            pass, about once a second, possibly from several threads.
    """

    def __init__(self) -> None:
        self.listener: Callable[[str, int], None] | None = None
        self.waiting: Callable[[str, float], None] | None = None

    def tick(self, step: str, *, tokens: int = 0) -> None:
        """Tells the listener, if there is one."""
        if self.listener is not None:
            self.listener(step, tokens)

    def wait(self, engine: str, seconds: float) -> None:
        """Tells who listens for waiting, if anybody does."""
        if self.waiting is not None:
            self.waiting(engine, seconds)
