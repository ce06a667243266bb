"""An engine that answers from a function, for tests and trials without a model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from playground.domain.candidates import Usage
from playground.domain.errors import EngineUnavailable
from playground.domain.ports import (
    Capability,
    Chunk,
    EngineInfo,
    Finish,
    Generation,
    GenerationRequest,
    Health,
    HealthState,
)

Answer = Callable[[GenerationRequest], str]


class FakeEngine:
    """The port `Engine` over a function from request to answer; safe to share between threads.

    Attributes:
        asked: every request in the order of arrival.

    Args:
        answer: makes the answer's text; may raise what a real engine raises.
        finish: why every answer ends.
    """

    kind = "fake"

    def __init__(self, answer: Answer, *, finish: Finish = Finish.STOP) -> None:
        self._answer = answer
        self._finish = finish
        self._lock = threading.Lock()
        self._closed = False
        self.asked: list[GenerationRequest] = []

    def probe(self) -> EngineInfo:
        """Returns what this engine can do: chat and streams."""
        return EngineInfo(self.kind, "fake-1", "1", 4_096, Capability.CHAT | Capability.STREAM)

    def health(self, *, deep: bool = False) -> Health:
        """Returns READY until the engine is closed."""
        del deep
        return Health(HealthState.DOWN if self._closed else HealthState.READY)

    def generate(self, request: GenerationRequest) -> Generation:
        """Answers one request.

        Raises:
            EngineUnavailable: the engine is closed.
        """
        if self._closed:
            raise EngineUnavailable("The engine is closed.")
        with self._lock:
            self.asked.append(request)
        text = self._answer(request)
        prompt = sum(len(m.content) for m in request.messages) // 4
        usage = Usage(prompt=prompt, completion=len(text) // 4)
        return Generation(text, self._finish, usage, "fake-1", "1")

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers in two pieces."""
        done = self.generate(request)
        yield Chunk(done.text)
        yield Chunk("", done)

    def cancel(self, request_id: str) -> bool:
        """Returns False: answers come at once, so nothing is ever running."""
        del request_id
        return False

    def count_tokens(self, text: str) -> int:
        """Returns a quarter of the characters."""
        return len(text) // 4

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Does nothing; adapters change no canned answer."""

    def unload_adapter(self, name: str) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Ends the engine."""
        self._closed = True
