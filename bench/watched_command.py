#!/usr/bin/env python3
"""The real command, which writes down what its runs take beside model and analyzers.

bench/watched_command.py FILE WORD…      as `playground WORD…`; FILE gets one JSON object a line

For each run: milliseconds from beginning to rest less those of the steps in which model and
analyzers answer: on the clock, on a processor, and waiting for one (what Linux calls run delay).
What is left of the clock is waiting for the disk or for another thread. Besides, after each run,
what the session's own thread has taken so far.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from playground.__main__ import main
from playground.campaigns.state import Work
from playground.campaigns.working import Moved, Rest, Worker
from playground.domain.events import (
    CandidateGenerated,
    CandidateReflected,
    CandidateTested,
    Event,
)
from playground.domain.ports import Listener
from playground.domain.runs import Run
from playground.orchestrator import orchestrator
from playground.orchestrator.nodes.base import BaseNode


def is_answer(event: Event) -> bool:
    """Whether model or analyzers answered in the step that led to the event."""
    if isinstance(event, CandidateReflected):
        return bool(event.engine)
    return isinstance(event, CandidateGenerated | CandidateTested)


@dataclass(frozen=True)
class Taken:
    """What a thread has taken, in milliseconds."""

    wall_ms: float
    cpu_ms: float
    delay_ms: float

    def less(self, other: Taken) -> Taken:
        """Returns the difference."""
        return Taken(
            self.wall_ms - other.wall_ms,
            self.cpu_ms - other.cpu_ms,
            self.delay_ms - other.delay_ms,
        )


def taken(thread: int) -> Taken:
    """Returns what a thread of this process has taken so far."""
    text = Path(f"/proc/self/task/{thread}/schedstat").read_text(encoding="ascii")
    cpu, delay, _slices = (int(word) / 1e6 for word in text.split())
    return Taken(1000 * time.monotonic(), cpu, delay)


class Watch:
    """Writes down what runs take.

    Args:
        file: gets a line for each.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._inside = threading.local()
        self._session = threading.get_native_id()
        self._timed = orchestrator.timed
        self._begin = Worker.begin

    def timed(self, node: BaseNode, run: Run) -> Event:
        """Stands in for the loop's own timing of a step."""
        me = threading.get_native_id()
        before = taken(me)
        event = self._timed(node, run)
        if is_answer(event):
            self._inside.steps.append(taken(me).less(before))
        return event

    def begin(
        self, worker: Worker, work: Work, *, named: tuple[str, ...], listener: Listener
    ) -> Rest | Moved:
        """Stands in for the work on an item."""
        self._inside.steps = list[Taken]()
        me = threading.get_native_id()
        before = taken(me)
        result = self._begin(worker, work, named=named, listener=listener)
        whole = taken(me).less(before)
        for step in self._inside.steps:
            whole = whole.less(step)
        session = taken(self._session)
        line = {"run": vars(whole), "session": vars(session), "item": work.item.number}
        with self._file.open("a", encoding="ascii") as file:
            file.write(json.dumps(line) + "\n")
        return result


def watching(file: Path) -> None:
    """Begins to write down."""
    watch = Watch(file)

    def begin(
        self: Worker, work: Work, *, named: tuple[str, ...], listener: Listener
    ) -> Rest | Moved:
        return watch.begin(self, work, named=named, listener=listener)

    orchestrator.timed = watch.timed
    Worker.begin = begin


if __name__ == "__main__":
    watching(Path(sys.argv[1]))
    del sys.argv[1]
    sys.exit(main())
