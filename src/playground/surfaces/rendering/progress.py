"""Progress on standard error: one moving line on a terminal, a line for each work in a pipe."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from playground.domain.events import Event
from playground.domain.runs import Run
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import (
    next_in_words,
    seconds_in_words,
    waiting_in_words,
)

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES_PLAIN = "|/-\\"
_FRAMES_PER_S = 8
_STEPS = {
    "recall": "remembering",
    "generate": "looking for a repair",
    "test": "proving",
    "consult": "asking your own nodes",
    "reflect": "reviewing",
    "propose": "preparing the proposal",
    "apply": "writing",
    "undo": "taking the change back",
    "learn": "learning",
    "end": "closing",
}
"""Steps of the loop in words; a step without words is shown by its name."""


class Work:
    """A piece of work in progress; its parts may be told from any thread."""

    def __init__(self, label: str, *, frames: str = _FRAMES) -> None:
        self._label = label
        self._frames = frames
        self._started = time.monotonic()
        self._step = ""
        self._tokens_done = 0
        self._tokens_now = 0

    def heard(self, run: Run, event: Event) -> None:
        """Takes note of an event; fits `domain.ports.Listener`."""
        self._step = next_in_words(event)
        self._tokens_done, self._tokens_now = run.usage.completion, 0

    def ticked(self, step: str, tokens: int) -> None:
        """Takes note of tokens made inside a step."""
        self._step = _STEPS.get(step, step) or self._step
        self._tokens_now = tokens

    def waited(self, engine: str, seconds: float) -> None:
        """Takes note of a wait for an engine's limit."""
        self._step = waiting_in_words(engine, seconds)

    def __rich__(self) -> Text:
        """Returns the line as it is now."""
        seconds = time.monotonic() - self._started
        frame = self._frames[int(seconds * _FRAMES_PER_S) % len(self._frames)]
        tokens = self._tokens_done + self._tokens_now
        parts = [self._label, self._step, f"{tokens:,} tokens" if tokens else ""]
        parts.append(seconds_in_words(seconds))
        line = Text(no_wrap=True, overflow="ellipsis", end="").append(f"{frame} ", style="cyan")
        return line.append_text(plain(" · ".join(p for p in parts if p)))


@contextmanager
def working(screen: Screen, *, label: str) -> Generator[Work, None, None]:
    """Shows that something is being worked on until the block ends; the line leaves no trace.

    In a pipe the label is printed once.
    """
    frames = _FRAMES if "utf" in screen.err.encoding.lower() else _FRAMES_PLAIN
    work = Work(label, frames=frames)
    if not screen.err.is_terminal or screen.err.is_dumb_terminal:
        screen.tell(label)
        yield work
        return
    with Live(
        work,
        console=screen.err,
        transient=True,
        refresh_per_second=_FRAMES_PER_S,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield work
