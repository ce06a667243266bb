"""Workers over fakes, in one thread: they die, fall asleep, come back late and lose the database.

Whoever hands out waits by letting the others act, so a seed says all that happens.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from campaign_world import CampaignWorld, answer

from playground.domain.campaigns import Records
from playground.domain.errors import StorageUnavailable
from playground.domain.ports import GenerationRequest
from playground.domain.queues import Order, Setback, Trouble
from playground.domain.recording import RecordsAround
from playground.orchestrator.desk import SubmittingDesk
from playground.orchestrator.wiring import Parts, wired
from playground.queues.places import Place, PlacedGate, PlacedWorkspace
from playground.queues.trees import Trees
from playground.queues.working import Bench, Halted, RunWorker
from playground.security.reading import ReadingRules
from playground.security.workspace import LocalWorkspace
from playground.testing.journal import MemoryJournal
from playground.testing.queue import MemoryQueue

SILENT_MAX_S = 30.0
LIKENESS = "1"
MISHAPS = ("death", "sleep", "outage", "doubling", "loss", "clock")


class Died(BaseException):
    """A worker's process ended here; nothing that it holds may notice."""


@dataclass
class Chance:
    """Numbers that are the same on every machine."""

    seed: int
    drawn: int = 0

    def number(self) -> float:
        """Returns a number in [0, 1)."""
        self.drawn += 1
        digest = hashlib.sha256(f"{self.seed} {self.drawn}".encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64

    def below(self, count: int) -> int:
        """Returns a whole number from 0 to below `count`."""
        return int(self.number() * count)


@dataclass
class Weather:
    """What goes wrong, and when the database is there.

    Attributes:
        share: of the moments at which something goes wrong.
        left: mishaps that may still happen, so that every simulation ends.
        happened: what went wrong, by kind.
        clock: the database's own, which nobody can set.
        outage: looks for which the database stays away.
    """

    chance: Chance
    share: float = 0.15
    left: int = 40
    happened: Counter[str] = field(default_factory=Counter[str])
    clock: float = 1_000.0
    outage: int = 0

    def mishap(self) -> str:
        """Returns what goes wrong now, "" for nothing."""
        if self.left <= 0 or self.chance.number() >= self.share:
            return ""
        kind = MISHAPS[self.chance.below(len(MISHAPS))]
        self.left -= 1
        self.happened[kind] += 1
        return kind


class _Way:
    """All that a journal has, while the database can be reached."""

    def __init__(self, journal: Records, *, weather: Weather) -> None:
        self._journal = journal
        self._weather = weather

    def __getattr__(self, name: str) -> object:
        if self._weather.outage > 0:
            self._weather.outage -= 1
            raise StorageUnavailable("The journal cannot be reached; start the database.")
        return getattr(self._journal, name)


class FarRecords(RecordsAround):
    """A journal on a database that may be gone."""

    def __init__(self, journal: Records, *, weather: Weather) -> None:
        super().__init__(cast("Records", _Way(journal, weather=weather)))

    def close(self) -> None:
        return


@dataclass
class Hand:
    """One worker: a process at a time, born again after each death."""

    number: int
    worker: RunWorker
    lives: int = 0
    asleep: bool = False

    @property
    def name(self) -> str:
        return f"{self.number}.{self.lives}"


class Fleet:
    """Workers on one queue, each with a copy of the repository at a path of its own.

    Args:
        root: the repository where the person is.
        copies: where the workers have it.
        seed: says all that happens.
    """

    def __init__(self, root: Path, *, copies: Collection[Path], seed: int) -> None:
        self.root = root
        self.chance = Chance(seed)
        self.weather = Weather(self.chance)
        self.records = MemoryJournal()
        self.far = FarRecords(self.records, weather=self.weather)
        self.queue = MemoryQueue(silent_max_s=SILENT_MAX_S, now=lambda: self.weather.clock)
        self.trees = Trees(ReadingRules())
        self.asked: list[tuple[str, int]] = []
        self.wasted = 0
        self.setbacks: list[Setback] = []
        self.hands = [
            Hand(number, self._worker(number, copy)) for number, copy in enumerate(copies)
        ]
        self.person = CampaignWorld(
            self.records, LocalWorkspace(), self._paths(), root=str(root), answer=self._answered
        )

    def _paths(self) -> list[str]:
        return sorted(path.name for path in self.root.glob("*.py"))

    def _worker(self, number: int, copy: Path) -> RunWorker:
        place = Place(self.root, copy)
        local = LocalWorkspace()
        mine = CampaignWorld(self.far, local, self._paths(), root=str(copy), answer=self._answered)
        parts = Parts(
            journal=self.far,
            gate=PlacedGate(mine.gate, place=place),
            memory=mine.memory,
            workspace=PlacedWorkspace(local, place=place),
            engine_for=lambda _name: mine.engine,
        )
        desk = SubmittingDesk(self.far, orchestrator=wired(parts), policy=lambda: mine.policy)
        bench = Bench(f"worker{number}", self.far, desk, place, self.trees, LIKENESS, ("answers",))
        return RunWorker(bench)

    def _answered(self, request: GenerationRequest) -> str:
        run_id, seq, _draw = request.id.split("-")
        if len(self.records.load(run_id).events) > int(seq):
            self.wasted += 1  # somebody who came back late asks what is answered already
        self.asked.append((run_id, int(seq)))
        return answer(request)

    # ── what happens ─────────────────────────────────────────────────────────────────────────

    def act(self) -> None:
        """Lets one worker that is awake do something, or something go wrong."""
        self.weather.clock += 1.0
        self._disturb(self.weather.mishap())
        awake = [hand for hand in self.hands if not hand.asleep]
        if awake:
            self._serve(awake[self.chance.below(len(awake))])

    def _disturb(self, mishap: str) -> None:
        match mishap:
            case "doubling":
                self.queue.double()
            case "loss":
                self.queue.lose()
            case "outage":
                self.weather.outage = 1 + self.chance.below(6)
            case "clock":
                self.weather.clock += 3_600 * self.chance.number()
            case _:
                return

    def _serve(self, hand: Hand) -> None:
        if self.weather.outage:
            self.weather.outage -= 1
            return
        taken = self.queue.take(hand.name, pick=self.chance.below)
        if taken is not None:
            try:
                self._work(hand, *taken)
            except Died:
                hand.lives += 1

    def _work(self, hand: Hand, number: int, order: Order) -> None:
        def check() -> None:
            self.queue.beat([number])
            self._after_a_step(hand)
            if not self.queue.is_open(number):
                raise Halted

        try:
            result = hand.worker.work(order, check=check)
        except Halted:
            return
        except StorageUnavailable:
            self.queue.give_back(number)
            return
        if isinstance(result, Setback):
            self.setbacks.append(result)
            self.queue.done(number, setback=result)
        else:
            self.queue.done(number)

    def _after_a_step(self, hand: Hand) -> None:
        match self.weather.mishap():
            case "death":
                raise Died
            case "sleep":
                hand.asleep = True
                self.weather.clock += 2 * SILENT_MAX_S  # others take over what it holds
                for _ in range(1 + self.chance.below(4)):
                    self.act()
                hand.asleep = False
            case other:
                self._disturb(other)


def faults(fleet: Fleet) -> Mapping[str, int]:
    """Counts what must not happen: runs that are lost, and what was recorded twice."""
    runs = fleet.records.runs()
    keys = Counter(run.task.key for run in runs)
    return {
        "open": sum(run.ended is None and run.waiting is None for run in runs),
        "twice": sum(count - 1 for count in keys.values()),
        "proposed twice": sum(
            max(0, sum(type(e).__name__ == "ProposalMade" for e in run.events) - 1) for run in runs
        ),
        "problems": len(fleet.records.verify().problems),
        "refused": sum(setback.trouble is not Trouble.ELSEWHERE for setback in fleet.setbacks),
    }
