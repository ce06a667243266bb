"""Working ahead: while a person reads a proposal, the next findings are worked on.

One thread takes turns from the agenda while a question stands. It writes nothing to the screen:
what it found is told between two questions. Only a person's own thread decides and writes.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Protocol

from playground.campaigns.session import Halted
from playground.domain.events import EngineSkipped, Event
from playground.domain.runs import Run
from playground.domain.tasks import Task
from playground.surfaces.rendering.progress import Work, working
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.rendering.sentences import event_in_words
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.agenda import Agenda, Turn
from playground.surfaces.working.turning import Advance, Worked

_TURNS_OF_A_PROPOSAL = 4
"""Turns ahead for each proposal that may be ahead: where all give up, work ends too some time."""

_LOOK_S = 0.1
_INTERRUPT_AGAIN_S = 0.05


class Turned(Protocol):
    """Brings a turn to rest."""

    def __call__(self, turn: Turn, *, advance: Advance) -> Worked:
        """Trouble is part of what is returned."""
        ...


class Ahead:
    """Turns that are taken while a person reads.

    A finding whose lines overlap those of a proposal that waits here is left for later.

    Args:
        app: the product.
        agenda: whose turn it is; nobody else may ask it between `start` and `hold`.
        work: brings a turn to rest, called from a thread of its own.
    """

    def __init__(self, app: AppView, *, agenda: Agenda, work: Turned) -> None:
        self._app = app
        self._agenda = agenda
        self._work = work
        self._most = app.manager.config.cycles.proposals_ahead_max
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(1, "playground-ahead")
        self._held = self._closing = False
        self._asked: Task | None = None
        self._current: Turn | None = None
        self._ready: deque[Worked] = deque()
        self._notes: list[str] = []
        self._shown: Work | None = None

    def start(self, asked: Task) -> None:
        """Lets turns be taken, as long as there are not too many ahead.

        Args:
            asked: what the person is asked about.
        """
        with self._changed:
            self._asked, self._held = asked, False
            self._go_on()

    def hold(self) -> None:
        """Lets no further turn be taken; the one that is being taken goes on."""
        with self._changed:
            self._held = True

    def next(self, screen: Screen) -> Worked | None:
        """Returns what was done ahead, waiting for what is being done; None when there is nothing.

        Only to be called when it is held.
        """
        turn = self._current
        if not self._ready and turn is not None:
            with working(screen, label=turn.label) as self._shown, self._changed:
                while not self._ready and self._current is not None:
                    self._changed.wait(_LOOK_S)  # so that Ctrl-C is heard
            self._shown = None
        with self._changed:
            return self._ready.popleft() if self._ready else None

    @property
    def is_busy(self) -> bool:
        """Whether a turn is being taken."""
        return self._current is not None

    def close(self) -> None:
        """Ends what is being worked on, which another command carries on; may be called twice."""
        with self._changed:
            self._held = self._closing = True
            while self._current is not None:
                self._app.ticker.interrupt()
                self._changed.wait(_INTERRUPT_AGAIN_S)
        self._pool.shutdown()

    # ── in the thread ────────────────────────────────────────────────────────────────────────

    def _go_on(self) -> None:
        """Begins the next turn; called while nobody else can."""
        if self._current is not None or self._held or self._is_far():
            return
        turn = self._agenda.next(self._kept_clear())
        if turn is not None:
            self._agenda.begin(turn)
            self._current = turn
            self._pool.submit(self._take, turn).add_done_callback(partial(self._ended, turn))

    def _take(self, turn: Turn) -> Worked:
        ticker = self._app.ticker
        ticker.listener, ticker.waiting = self._ticked, self._waited
        try:
            return self._work(turn, advance=self._advance)
        finally:
            ticker.listener = ticker.waiting = None

    def _ended(self, turn: Turn, done: Future[Worked]) -> None:
        error = done.exception()
        worked = done.result() if error is None else Worked(turn, error=error)
        with self._changed:
            notes, self._notes = tuple(self._notes), []
            run = worked.run
            if run is not None and worked.is_put_off and not self._held:
                self._agenda.put_off(turn, run_id=run.id, seconds=worked.seconds)
            else:
                self._ready.append(replace(worked, notes=notes))
            self._current = None
            self._held |= worked.error is not None
            self._go_on()
            self._changed.notify_all()

    def _is_far(self) -> bool:
        proposals = sum(w.run is not None and w.run.waiting is not None for w in self._ready)
        return proposals >= self._most or len(self._ready) >= _TURNS_OF_A_PROPOSAL * self._most

    def _kept_clear(self) -> list[Task]:
        """Returns the tasks whose lines nothing else may touch now."""
        waiting = (w.turn.task for w in self._ready if w.run is not None and w.run.waiting)
        return [task for task in (self._asked, *waiting) if task is not None]

    def _advance(self, run_id: str, turn: Turn) -> Run:
        desk = self._app.desk
        if desk.load(run_id).decision is not None:
            raise Halted  # to carry it out is for the person's own thread
        return desk.advance(run_id, listener=self._heard, may_ask=turn.may_ask)

    def _heard(self, run: Run, event: Event) -> None:
        self._halt_if_closing()
        if self._shown is not None:
            self._shown.heard(run, event)
        if isinstance(event, EngineSkipped):
            self._notes.append(event_in_words(event))

    def _ticked(self, step: str, tokens: int) -> None:
        self._halt_if_closing()
        if self._shown is not None:
            self._shown.ticked(step, tokens)

    def _waited(self, engine: str, seconds: float) -> None:
        self._halt_if_closing()
        if self._shown is not None:
            self._shown.waited(engine, seconds)

    def _halt_if_closing(self) -> None:
        if self._closing:
            raise Halted
