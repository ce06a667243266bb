"""Live progress from inside a step, for whoever listens, and a way to end an answer early."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


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
        self._lock = threading.Lock()
        self._answers: dict[int, Callable[[], object]] = {}
        self._begun = 0

    def tick(self, step: str, *, tokens: int = 0) -> None:
        """Tells the listener, if there is one."""
        if self.listener is not None:
            self.listener(step, tokens)

    def wait(self, engine: str, seconds: float) -> None:
        """Tells who listens for waiting, if anybody does."""
        if self.waiting is not None:
            self.waiting(engine, seconds)

    @contextmanager
    def answering(self, cancel: Callable[[], object]) -> Generator[None]:
        """Lets `interrupt` cancel an answer until the block ends."""
        with self._lock:
            self._begun += 1
            number = self._begun
            self._answers[number] = cancel
        try:
            yield
        finally:
            with self._lock:
                del self._answers[number]

    def interrupt(self) -> None:
        """Cancels every answer that is being made; what hears no tokens ends as well.

        One that is only about to be asked for cannot be cancelled yet, so it is done again.
        """
        with self._lock:
            answers = tuple(self._answers.values())
        for cancel in answers:
            cancel()
