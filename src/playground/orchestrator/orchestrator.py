"""The loop: run the node, append its event."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from playground.domain.errors import Conflict, Refusal
from playground.domain.events import Event
from playground.domain.ports import Journal, Listener
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.orchestrator.graph import (
    ApplyStep,
    AwaitStep,
    FinishedStep,
    GenerateStep,
    Step,
    UndoStep,
    asks_model,
    next_step,
)
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.progress import Ticker

_STEPS_MAX = 200
"""More steps than any policy allows; reaching it means that the graph is broken."""


class Orchestrator:
    """Advances runs step by step until they wait for a person or end."""

    def __init__(
        self, journal: Journal, *, nodes: Mapping[type[Step], BaseNode], ticker: Ticker
    ) -> None:
        self._journal = journal
        self._nodes = nodes
        self._ticker = ticker

    def advance(
        self,
        run_id: str,
        *,
        listener: Listener | None = None,
        may_write: bool = False,
        may_ask: bool = True,
    ) -> Run:
        """Works on a run until nothing is left to do without a person.

        Args:
            run_id: the run's whole id.
            listener: called after each recorded event.
            may_write: whether approved changes may be written and taken back here; without it
                the run stops before such a step.
            may_ask: whether a model may be asked; without it the run stops before that, and is
                carried on from there another time.

        Another process that works on the same run is no error: whoever records a step first
        wins, and the other one goes on from there.

        Raises:
            BadInput: there is no such run.
            Unavailable: a needed part is missing; the run can be carried on later.
        """
        run = self._journal.load(run_id)
        for _ in range(_STEPS_MAX):
            step = next_step(run, run.policy)
            if _shows_episodes(step, run):
                # What it recalled may have been forgotten since; a prompt must not show it then.
                run = self._journal.load(run_id)
                step = next_step(run, run.policy)
            if isinstance(step, AwaitStep | FinishedStep):
                return run
            if isinstance(step, ApplyStep | UndoStep) and not may_write:
                return run
            if not may_ask and asks_model(run, step):
                return run
            node = self._nodes[type(step)]
            self._ticker.tick(node.name)
            run, event = self._stepped(run, node)
            if listener is not None and event is not None:
                listener(run, event)
        raise AssertionError(f"run {run_id} did not end within {_STEPS_MAX} steps")

    def _stepped(self, run: Run, node: BaseNode) -> tuple[Run, Event | None]:
        """Returns the run with the node's event, or as others have carried it on meanwhile."""
        try:
            event = timed(node, run)
            self._journal.append(run.id, seq=len(run.events), event=event)
        except Conflict:
            return self._journal.load(run.id), None
        run = run.with_event(event)
        return self._journal.load(run.id) if node.recorded(run) else run, event


def _shows_episodes(step: Step, run: Run) -> bool:
    """Whether a step makes a prompt, and there is something recalled that it may show."""
    if not isinstance(step, GenerateStep) or step.source not in {Source.ENGINE, Source.SAMPLES}:
        return False
    return run.recalled is not None and bool(run.recalled.recalled or run.recalled.avoid)


def timed(node: BaseNode, run: Run) -> Event:
    """Returns the node's event with the wall seconds that it took.

    Raises:
        Refusal: the code is nested so deeply that walking its syntax tree exhausts the stack.
    """
    started = time.monotonic()
    try:
        event = node.run(run)
    except RecursionError as error:
        raise Refusal("The code is nested too deeply to be worked on; simplify it.") from error
    return replace(event, seconds=round(time.monotonic() - started, 3))
