"""The side that hands runs out: a desk whose runs are worked on by others.

It keeps every right but that of working itself: it opens runs, puts their ids into the queue,
follows their events in the journal and returns when they come to rest. Whoever uses it, such as a
campaign's session, sees no difference to a desk that works.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from playground.domain.errors import (
    BadInput,
    PlaygroundError,
    StorageUnavailable,
    Tampered,
    Unavailable,
)
from playground.domain.events import Recorded
from playground.domain.ports import Journal, Listener, Submitting
from playground.domain.queues import Look, Order, RunQueue, Setback, Trouble
from playground.domain.rebasing import Carried
from playground.domain.recording import Follower
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source, Task
from playground.queues.trees import Trees

_ERRORS: dict[Trouble, type[PlaygroundError]] = {
    Trouble.ELSEWHERE: Unavailable,
    Trouble.UNAVAILABLE: Unavailable,
    Trouble.TAMPERED: Tampered,
    Trouble.ERROR: BadInput,
}
_CARRIED_FIRST = 10
_REFUSALS_MAX = 2
NOBODY = "No worker takes these runs yet; start one with `playground worker`."


def at_rest(run: Run) -> bool:
    """Whether nothing is left to do in a run without a person."""
    return run.ended is not None or run.waiting is not None or run.decision is not None


def _say_nothing(_sentence: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Following:
    """How runs that others work on are followed.

    Attributes:
        poll_s: between two looks.
        again_s: after so long a run's events are read anew and its order is given again, should
            it have been lost.
        alone_s: orders that nobody takes for so long are worth a word.
        now: seconds since any moment, never going back.
        rest: waits for so many seconds.
        check: called at each look; what it raises ends the waiting and takes the order back.
        tell: told what a person should know.
    """

    poll_s: float = 0.25
    again_s: float = 10.0
    alone_s: float = 15.0
    now: Callable[[], float] = time.monotonic
    rest: Callable[[float], None] = time.sleep
    check: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = _say_nothing


@dataclass(slots=True)
class _Watched:
    """An order that is being waited for."""

    number: int
    order: Order
    given_at: float
    refusals: int = 0
    look: Look = field(default_factory=lambda: Look(open=True))
    news: list[Recorded] = field(default_factory=list[Recorded])


class _Board:
    """Looks at the journal and the queue once for all that wait."""

    def __init__(self, journal: Journal, *, queue: RunQueue, following: Following) -> None:
        self._queue = queue
        self._following = following
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._follower = Follower(journal)
        self._looked_at = float("-inf")
        self._taken_at = following.now()
        self._told = False

    def add(self, order: Order, *, number: int) -> _Watched:
        watched = _Watched(number, order, self._following.now())
        with self._lock:
            if not self._watched:
                self._taken_at = watched.given_at
            self._watched[order.run_id] = watched
        return watched

    def remove(self, run_id: str) -> None:
        with self._lock:
            self._watched.pop(run_id, None)

    def look(self) -> None:
        """Looks again, unless another thread has just done so."""
        with self._lock:
            now = self._following.now()
            if 0 <= now - self._looked_at < self._following.poll_s:
                return
            self._looked_at = now
            for record in self._follower.news():
                if record.run_id in self._watched:
                    self._watched[record.run_id].news.append(record)
            looks = self._queue.look([w.number for w in self._watched.values()])
            for watched in self._watched.values():
                watched.look = looks.get(watched.number, Look(open=False))
            self._notice_silence(now)

    def _notice_silence(self, now: float) -> None:
        watched = self._watched.values()
        if not watched or any(w.look.taken or not w.look.open for w in watched):
            self._taken_at, self._told = now, False
        elif now - self._taken_at >= self._following.alone_s and not self._told:
            self._told = True
            self._following.tell(NOBODY)


class HandingDesk:
    """The port `Submitting` whose runs others work on; safe to share between threads.

    Args:
        desk: opens and ends runs here.
        journal: where the runs' events appear.
        queue: hands the runs out.
        trees: says what the sources are like.
        likeness: what a worker must have in common with this side.
    """

    def __init__(
        self, desk: Submitting, *, journal: Journal, queue: RunQueue, trees: Trees, likeness: str
    ) -> None:
        self._desk = desk
        self._journal = journal
        self._queue = queue
        self._trees = trees
        self._likeness = likeness
        self.follow(Following())

    def follow(self, following: Following) -> None:
        """Sets how runs are followed; called before the first one is handed out."""
        self._following = following
        self._board = _Board(self._journal, queue=self._queue, following=following)

    def submit(self, task: Task, *, policy: Policy | None = None, run_id: str = "") -> str:
        """Opens a run, or finds the unfinished one with the same key; returns its id."""
        return self._desk.submit(task, policy=policy, run_id=run_id)

    def carry(self, run_id: str, *, carried: Carried) -> str:
        """Opens a run with a waiting proposal's patch for a new version of its files."""
        return self._desk.carry(run_id, carried=carried)

    def withdraw(self, run_id: str, *, reason: str) -> None:
        """Ends a run that is about something that is no longer there and that nobody decided."""
        self._desk.withdraw(run_id, reason=reason)

    def load(self, run_id: str) -> Run:
        """Returns a run by id or unique prefix."""
        return self._desk.load(run_id)

    def waiting(self, *, root: str = "") -> list[Run]:
        """Returns runs whose proposals wait for a person, oldest first."""
        return self._desk.waiting(root=root)

    def shaped_by(self, episode_id: str) -> list[Run]:
        """Returns runs whose proposal was made from a prompt that showed this episode."""
        return self._desk.shaped_by(episode_id)

    def advance(
        self, run_id: str, *, listener: Listener | None = None, may_ask: bool = True
    ) -> Run:
        """Lets others work on a run until it waits for a person or ends.

        What asks no model is done here, because it costs less than to hand it out.

        Raises:
            Unavailable: a worker lacks a part that the run needs, or has other files; the run can
                be carried on later.
            Tampered: the run's records do not add up.
            BadInput: the run cannot be worked on.
        """
        if not may_ask:
            return self._desk.advance(run_id, listener=listener, may_ask=False)
        run = self._journal.load(run_id)
        if at_rest(run):
            return run
        with self._handed_out(run) as watched:
            run = self._journal.load(run_id)  # what was recorded before the board looked for it
            while not at_rest(run):
                self._board.look()
                run = self._grown(run, watched, listener)
                if not at_rest(run) and self._is_due(watched):
                    run = self._journal.load(run_id)
                if not at_rest(run):
                    self._keep(watched)
                    self._following.check()
                    self._following.rest(self._following.poll_s)
        return run

    @contextmanager
    def _handed_out(self, run: Run) -> Generator[_Watched]:
        order = self.order(run)
        watched = self._board.add(order, number=self._queue.put(order))
        try:
            yield watched
        except StorageUnavailable:  # the order stays; what is done meanwhile is found again
            raise
        except BaseException:
            with suppress(Unavailable):  # what ended the waiting is what counts
                self._queue.withdraw([watched.number])
            raise
        finally:
            self._board.remove(run.id)

    def order(self, run: Run) -> Order:
        """Returns the order to work on a run as the sources are now."""
        root = run.task.root
        carried = any(g.source is Source.CARRIED for g in run.generations)
        priority = _CARRIED_FIRST if carried else 0  # a person has seen those before
        return Order(run.id, root, self._trees.digest(Path(root)), self._likeness, priority)

    def _grown(self, run: Run, watched: _Watched, listener: Listener | None) -> Run:
        """Returns the run with what was recorded since."""
        while watched.news:
            record = watched.news.pop(0)
            if record.seq > len(run.events):
                return self._journal.load(run.id)
            if record.seq == len(run.events):
                run = run.with_event(record.event)
                if listener is not None:
                    listener(run, record.event)
        return run

    def _is_due(self, watched: _Watched) -> bool:
        waited_s = self._following.now() - watched.given_at
        return not 0 <= waited_s < self._following.again_s  # a clock may have been set back

    def _keep(self, watched: _Watched) -> None:
        """Gives the order again when it may be lost or was refused for a reason that is gone.

        Raises:
            PlaygroundError: a worker gave the run back.
        """
        if watched.look.setback is not None:
            self._answer(watched, watched.look.setback)
        elif self._is_due(watched):
            self._give_again(watched, watched.order)

    def _answer(self, watched: _Watched, setback: Setback) -> None:
        order = watched.order
        if setback.tree:
            order = replace(order, tree=self._trees.digest(Path(order.root)))
        if order.tree == watched.order.tree:  # else the worker was right, and the order was old
            is_elsewhere = setback.trouble is Trouble.ELSEWHERE
            watched.refusals += is_elsewhere
            if not is_elsewhere or watched.refusals >= _REFUSALS_MAX:
                raise _ERRORS[setback.trouble](setback.reason)
            self._following.tell(f"{setback.reason} The run is left to others.")
        self._give_again(watched, order)

    def _give_again(self, watched: _Watched, order: Order) -> None:
        watched.order = order
        watched.number = self._queue.put(order)
        watched.given_at = self._following.now()
        watched.look = Look(open=True)
