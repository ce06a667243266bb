"""Live progress from inside a step, for whoever listens."""

from __future__ import annotations

from collections.abc import Callable


class Ticker:
    """Carries progress out of nodes; nothing depends on anyone listening.

    Attributes:
        listener: called with a step's name and the tokens made in it so far, possibly from
            several threads.
    """

    def __init__(self) -> None:
        self.listener: Callable[[str, int], None] | None = None

    def tick(self, step: str, *, tokens: int = 0) -> None:
        """Tells the listener, if there is one."""
        if self.listener is not None:
            self.listener(step, tokens)
