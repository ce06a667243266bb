"""A session: one process that works on a campaign, beside others that do the same.

Claims are events of the campaign, and the number of each event can be taken only once, so of two
sessions that want the same item one is told to look again. Whatever a session was doing when it
died is taken over by the next one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Generator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from playground.campaigns.decisions import Decisions
from playground.campaigns.moves import (
    SETTLED,
    Carry,
    Claim,
    Finish,
    Hold,
    Move,
    Pause,
    Replan,
    Why,
    next_follow_up,
    next_move,
)
from playground.campaigns.recording import append, record, refresh
from playground.campaigns.silence import Silence
from playground.campaigns.state import Campaign, Stage, Work
from playground.campaigns.working import Moved, Parts, Rest, Worker
from playground.domain.campaigns import (
    CampaignEnded,
    CampaignEvent,
    CampaignPaused,
    FileSeen,
    ItemClaimed,
    ItemReleased,
    ItemSettled,
    Presence,
    WorkerSeen,
)
from playground.domain.errors import (
    BadInput,
    Busy,
    ModelMissing,
    PlaygroundError,
    StorageUnavailable,
    Tampered,
    Unavailable,
)
from playground.domain.events import Event
from playground.domain.runs import Run

_FATAL = (ModelMissing, StorageUnavailable, Tampered)
_UNAVAILABLE_MAX = 3
_IDLE_S = 0.5
_LOOK_S = 5.0


class Halted(Exception):
    """The campaign was paused, cancelled or left while a run was being worked on."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of a session.

    Attributes:
        lease_s: a claim holds for so long without a sign of life.
        now: gives seconds since the epoch, for events alone.
        steady: gives seconds since any moment, never going back.
        idle_s: between two looks when there is nothing to do.
        executor: runs items side by side, as many as it is given.
    """

    lease_s: float = 60.0
    now: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    idle_s: float = _IDLE_S
    executor: Callable[[int], Executor] = ThreadPoolExecutor


class Session:
    """Works on one campaign until nothing is left that it could do.

    Attributes:
        campaign: as it was seen last.

    Args:
        parts: the ports.
        campaign_id: an opened campaign.
        pace: times.
        watch: called with the campaign after each look, from the session's own thread.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        campaign_id: str,
        pace: Pace | None = None,
        watch: Callable[[Campaign], None] = lambda _campaign: None,
    ) -> None:
        self._parts = parts
        self._pace = pace or Pace()
        self._watch = watch
        self.campaign = Campaign(campaign_id)
        refresh(self.campaign, records=self._parts.journal)
        plan = self.campaign.plan
        self._named = plan.named
        self._worker = Worker(parts, campaign_id=campaign_id, root=Path(plan.root))
        self._me: Presence = parts.journal.join()
        self._halting = threading.Event()
        self._running: dict[int, Future[Rest | Moved]] = {}
        self._decisions = Decisions(parts)
        self._failures = 0
        self._silence = Silence(self._pace.steady)
        self._seen_at = self._looked_at = float("-inf")

    def run(self, *, stay: bool = False) -> Why:
        """Works until the campaign is over or paused, or waits for a person.

        Args:
            stay: go on looking while a person decides.

        Returns:
            Why it ended.

        Raises:
            Unavailable: a part is missing that no item can be worked on without.
        """
        with self._at_work(self.campaign.bounds.parallel_max) as pool:
            while True:
                self._look()
                held = self._do(self._next(), pool)
                if held is None:
                    continue
                if not self._running and self._may_leave(held, stay=stay):
                    return held
                self._rest()

    def follow_up(self, only: Collection[int] = ()) -> None:
        """Does what decisions of a person made necessary, and begins nothing else.

        Args:
            only: numbers of the items whose proposals are carried over, empty for all.
        """
        with self._at_work(1) as pool:
            while True:
                self._look(carrying=True)
                move = next_follow_up(self.campaign, only=only)
                if self._running:
                    self._rest()
                elif move is None or self._do(move, pool) is not None:
                    return

    def end_if_settled(self) -> None:
        """Ends the campaign where nothing is left to work on or to decide."""

        def ended() -> CampaignEnded | None:
            is_over = self.campaign.ended is not None or not self.campaign.is_settled
            return None if is_over else CampaignEnded("done", SETTLED, self._pace.now())

        self.record(ended)

    @contextmanager
    def _at_work(self, parallel: int) -> Generator[Executor]:
        """Lends threads; whatever ends the work but death, what was begun is given back."""
        with self._pace.executor(parallel) as pool:
            try:
                yield pool
            except (Exception, KeyboardInterrupt, SystemExit):
                self._leave()
                raise
            self._leave()

    def _rest(self) -> None:
        """Waits until something that was begun is done, or for the next look."""
        if self._running:
            running = self._running.values()
            wait(running, timeout=self._pace.idle_s, return_when=FIRST_COMPLETED)
        else:
            time.sleep(self._pace.idle_s)

    def close(self) -> None:
        """Says goodbye to the others; may be called twice."""
        self._me.close()

    def halt_if_asked(self) -> None:
        """Ends the run that calls this, between two of its steps or tokens.

        Raises:
            Halted: the campaign was paused, cancelled or left.
        """
        if self._halting.is_set():
            raise Halted

    def record(self, make: Callable[[], CampaignEvent | None]) -> None:
        """Records an event; when another one was quicker, asks again whether it still holds.

        Args:
            make: returns the event as the campaign is now, None when there is nothing to record.
        """
        record(self.campaign, records=self._parts.journal, make=make)

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def _look(self, *, carrying: bool = False) -> None:
        """Brings in what others recorded, what runs came to, and what persons did."""
        refresh(self.campaign, records=self._parts.journal)
        self._show_life()
        stopped = bool(self.campaign.pause) or self.campaign.ended is not None
        if stopped and not carrying:
            self._halting.set()
        else:
            self._halting.clear()
        for number in [n for n, future in self._running.items() if future.done()]:
            self._collect(number, self._running.pop(number))
        for decided in self._decisions.since(self.campaign):
            self.record(partial(self._decided, decided.work, decided.rest))
            for file in decided.files:
                self.record(partial(self._version, file.path, file.after_sha256))
        self._compare_files()
        self._watch(self.campaign)

    def _show_life(self) -> None:
        elapsed = self._pace.steady()
        if self._running and elapsed - self._seen_at > self._pace.lease_s / 3:
            self._seen_at = elapsed
            self.record(lambda: WorkerSeen(self._me.id, self._pace.lease_s, self._pace.now()))

    def _compare_files(self) -> None:
        """Notices that a file with a waiting proposal was changed by somebody else."""
        elapsed = self._pace.steady()
        if elapsed - self._looked_at < _LOOK_S:
            return
        self._looked_at = elapsed
        for path in {work.item.region.path for work in self.campaign.at(Stage.WAITING)}:
            try:
                root = Path(self.campaign.plan.root)
                sha256 = self._parts.workspace.read(root, path=path).sha256
            except BadInput:
                continue
            self.record(partial(self._version, path, sha256))

    def _version(self, path: str, sha256: str | None) -> FileSeen | None:
        """Returns what to record of a file's version, None when it is no news."""
        numbers = self.campaign.by_path.get(path, ())
        works = [self.campaign.works[number] for number in numbers]
        known = self.campaign.versions.get(path, works[0].item.sha256 if works else sha256)
        if not works or known == sha256:
            return None
        return FileSeen(path, sha256, self._pace.now())

    def _decided(self, work: Work, rest: Rest) -> ItemSettled | None:
        now = self.campaign.works[work.item.number]
        if now.stage is not Stage.WAITING or now.run_id != rest.run_id:
            return None
        return ItemSettled(
            work.item.number, rest.run_id, rest.outcome, rest.reason, at=self._pace.now()
        )

    # ── doing ────────────────────────────────────────────────────────────────────────────────

    def _next(self) -> Move:
        others = {work.worker for work in self.campaign.at(Stage.CLAIMED)} - {self._me.id}
        dead = self._me.gone(others) if others else frozenset[str]()
        gone = dead | self._silence.of(self.campaign)
        return next_move(self.campaign, worker=self._me.id, gone=gone)

    def _do(self, move: Move, pool: Executor) -> Why | None:
        """Begins a move; returns why nothing can be begun, None when something was."""
        match move:
            case Claim(number=number) | Carry(number=number):
                claim = ItemClaimed(number, self._me.id, self._pace.lease_s, self._pace.now())
                if self._append(claim):
                    self._start(number, pool, carried=isinstance(move, Carry))
            case Replan(path=path):
                self._replan(path)
            case Pause(reason=reason):
                self._append(CampaignPaused("", reason, self._pace.now()))
            case Finish(reason=reason):
                self._append(CampaignEnded("done", reason, self._pace.now()))
            case Hold(why=why):
                return why
        return None

    def _start(self, number: int, pool: Executor, *, carried: bool) -> None:
        work = replace(self.campaign.works[number])  # the thread must not see later changes
        if carried:
            applied = (w for w in self.campaign.beside(work) if w.outcome == "applied")
            landed = tuple(w.run_id for w in applied)
            self._running[number] = pool.submit(
                self._worker.carry, work, landed=landed, named=self._named, listener=self._heard
            )
        else:
            self._running[number] = pool.submit(
                self._worker.begin, work, named=self._named, listener=self._heard
            )

    def _replan(self, path: str) -> None:
        made = self._worker.replan(self.campaign, path=path)
        if made is not None:
            self._append(replace(made, at=self._pace.now()))
            return
        self.record(lambda: self._version(path, None))
        self._note_failure(f"The findings of {path} could not be looked for again.")

    def _heard(self, _run: Run, _event: Event) -> None:
        self.halt_if_asked()

    def _collect(self, number: int, future: Future[Rest | Moved]) -> None:
        """Records what became of an item that this session worked on.

        Raises:
            Unavailable: a part is missing that no other item can be worked on without.
        """
        try:
            result = future.result()
        except Halted:
            self._release(number, "the campaign was stopped")
        except _FATAL as error:
            self._release(number, str(error))
            raise
        except (Unavailable, Busy) as error:
            self._release(number, str(error))
            self._note_failure(str(error))
        except PlaygroundError as error:
            self._settle(number, Rest(self.campaign.works[number].run_id, "error", str(error)))
        else:
            self._take(number, result)

    def _take(self, number: int, result: Rest | Moved) -> None:
        if isinstance(result, Moved):
            self.record(lambda: self._version(result.path, result.sha256))
            self._release(number, "its file has changed")
            return
        if result.outcome == "unavailable":
            self._note_failure(result.reason)
        elif result.usage.total:
            self._failures = 0
        self._settle(number, result)

    def _settle(self, number: int, rest: Rest) -> None:
        def settled() -> ItemSettled | None:
            if not self._is_mine(number):
                return None
            return rest.settles(number, at=self._pace.now())

        self.record(settled)

    def _release(self, number: int, reason: str) -> None:
        released = ItemReleased(number, self._me.id, reason, self._pace.now())
        self.record(lambda: released if self._is_mine(number) else None)

    def _is_mine(self, number: int) -> bool:
        return self.campaign.works[number].is_claimed_by(self._me.id)

    def _note_failure(self, reason: str) -> None:
        """Pauses the campaign when a part was missing several times in a row."""
        self._failures += 1
        if self._failures >= _UNAVAILABLE_MAX:
            self._failures = 0
            pause = CampaignPaused("", reason, self._pace.now())
            self.record(lambda: None if self.campaign.pause else pause)

    def _append(self, event: CampaignEvent) -> bool:
        """Records an event as the next one; False when another one is, which is brought in."""
        return append(self.campaign, records=self._parts.journal, event=event)

    def _may_leave(self, held: Why, *, stay: bool) -> bool:
        match held:
            case Why.ENDED:
                return True
            case Why.PAUSED:
                return not self.campaign.paused_by
            case Why.PERSON:
                return not stay
            case Why.WORK:
                return False

    def _leave(self) -> None:
        """Stops what is being worked on, gives it back and says goodbye."""
        self._halting.set()
        for number, future in self._running.items():
            try:
                self._collect(number, future)
            except PlaygroundError:
                continue
        self._running.clear()
