"""Processes that are stopped anywhere and wake up after others have carried their run on.

A process here is a thread that holds the only turn; at every durable moment it may lose it to
another one, for as long as the seed wants. Nothing depends on time.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from playground.campaigns.planning import repair_task
from playground.domain.errors import PlaygroundError
from playground.domain.events import ChangeApplied, ChangeUndone, DecisionTaken, UndoRequested
from playground.domain.findings import Finding, Severity, Span
from playground.domain.proposals import Approved
from playground.domain.runs import Run
from playground.domain.tasks import Policy
from playground.orchestrator.desk import DecidingDesk
from playground.orchestrator.wiring import Parts, wired
from playground.security.workspace import LocalWorkspace
from playground.testing.crash import CrashingJournal, CrashingWorkspace, CrashPoints
from playground.testing.engine import FakeEngine
from playground.testing.gate import FakeGate
from playground.testing.journal import MemoryJournal
from playground.testing.memory import FakeMemory

BASE = "def total(prices=[]):\n    return sum(prices)\n"
GOOD = "def total(prices=None):\n    return sum(prices or [])\n"
FINDING = Finding(
    "ruff", "B006", "mutable default", "a.py", Span(1, 18, 1, 20), Severity.ERROR, "total"
)
SLEEPY = 0.03
"""How seldom a sleeper gets the turn, as a share of what the others get."""


@dataclass
class Turns:
    """Lets one of several processes go on at a time; who follows is drawn from a seed."""

    draw: random.Random
    going: dict[str, threading.Semaphore] = field(default_factory=dict[str, threading.Semaphore])
    weights: dict[str, float] = field(default_factory=dict[str, float])

    def at(self, name: str) -> None:
        """Passes the turn on, perhaps, and waits until it comes back."""
        follower = self._drawn()
        if follower != name:
            mine = self.going[name]
            self.going[follower].release()
            mine.acquire()

    def run(self, bodies: dict[str, Callable[[], None]]) -> None:
        for name in bodies:
            self.going[name] = threading.Semaphore(0)
            self.weights[name] = self.draw.choice((SLEEPY, 1.0))
        with ThreadPoolExecutor(len(bodies)) as pool:
            ends = [pool.submit(self._process, name, body) for name, body in bodies.items()]
            self.going[self._drawn()].release()
        for end in ends:
            end.result()

    def _process(self, name: str, body: Callable[[], None]) -> None:
        self.going[name].acquire()
        try:
            body()
        finally:
            del self.going[name]
            if self.going:
                self.going[self._drawn()].release()

    def _drawn(self) -> str:
        names = sorted(self.going)
        return self.draw.choices(names, [self.weights[n] for n in names])[0]


class House:
    """One tree and one journal, used by several processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal = MemoryJournal()
        self.memory = FakeMemory()
        (root / "a.py").write_text(BASE)

    def desk(self, reach: Callable[[], None]) -> DecidingDesk:
        """Returns the desk of a new process, which calls `reach` at every durable moment."""

        def passed(_number: int, _name: str) -> bool:
            reach()
            return False

        points = CrashPoints(passed)
        tree = LocalWorkspace(lock_timeout_s=0, checkpoint=points.reach)
        workspace = CrashingWorkspace(tree, points=points)
        journal = CrashingJournal(self.journal, points=points)
        gate = FakeGate(lambda after: "" if GOOD in after.values() else "no", workspace=workspace)
        engine = FakeEngine(lambda _request: GOOD)
        parts = Parts(journal, gate, self.memory, workspace, lambda _name: engine)
        return DecidingDesk(journal, orchestrator=wired(parts), policy=Policy)

    def proposed(self) -> Run:
        """Returns a run that waits for a person."""
        desk = self.desk(lambda: None)
        source = LocalWorkspace().read(self.root, path="a.py")
        return desk.advance(desk.submit(repair_task(FINDING, root=str(self.root), source=source)))

    def approved(self) -> Run:
        """Returns a run whose process died between the person's yes and the write."""
        run = self.proposed()
        assert run.waiting is not None
        yes = DecisionTaken(Approved("ada", "terminal", run.waiting.digest), at=0.0)
        self.journal.append(run.id, seq=len(run.events), event=yes)
        return run

    @property
    def text(self) -> str:
        return (self.root / "a.py").read_text()

    def expect_what_is_recorded(self) -> None:
        """Sees that the file holds the change if, and only if, a run says so."""
        with suppress(PlaygroundError):
            self.desk(lambda: None).recover()
        runs = self.journal.runs()
        assert self.text == (GOOD if any(map(is_applied, runs)) else BASE)
        assert [path.name for path in self.root.iterdir()] == ["a.py"]
        for run in runs:
            kinds = [type(event) for event in run.events]
            if UndoRequested in kinds:
                assert not is_applied(run)


def is_applied(run: Run) -> bool:
    kinds = [type(e) for e in run.events if isinstance(e, ChangeApplied | ChangeUndone)]
    return bool(kinds) and kinds[-1] is ChangeApplied


def approve(desk: DecidingDesk, run_id: str) -> None:
    proposal = desk.load(run_id).waiting
    if proposal is not None:
        desk.decide(run_id, decision=Approved("ada", "terminal", proposal.digest))


def interleaved(seed: int, root: Path) -> House:
    """Lets a person undo what three processes are about to write, and approve it anew."""
    house = House(root)
    first = house.approved().id
    turns = Turns(random.Random(seed))

    def process(name: str, *steps: Callable[[DecidingDesk], object]) -> Callable[[], None]:
        def body() -> None:
            desk = house.desk(lambda: turns.at(name))
            for step in steps:
                with suppress(PlaygroundError):
                    step(desk)

        return body

    def undone(desk: DecidingDesk) -> None:
        desk.undo(first, by="ada", where="terminal")

    def again(desk: DecidingDesk) -> None:
        if desk.load(first).ended is not None and house.text == BASE:
            approve(desk, house.proposed().id)

    turns.run(
        {
            "one": process("one", DecidingDesk.recover),
            "two": process("two", DecidingDesk.recover, undone, again),
            "three": process("three", DecidingDesk.recover, again, undone, again),
        }
    )
    return house


@pytest.mark.parametrize("seed", range(40))
def test_no_sleeper_writes_what_was_undone(seed: int, tmp_path: Path) -> None:
    interleaved(seed, tmp_path).expect_what_is_recorded()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1_000, 1_300))
def test_no_sleeper_of_many_writes_what_was_undone(seed: int, tmp_path: Path) -> None:
    interleaved(seed, tmp_path).expect_what_is_recorded()


@pytest.mark.parametrize("moment", ["before apply", "before undo"])
def test_a_step_that_others_have_done_and_gone_past_is_not_done_again(
    moment: str, tmp_path: Path
) -> None:
    house = House(tmp_path)
    run = house.proposed()
    others = house.desk(lambda: None)
    slept: list[str] = []

    def sleep(_number: int, name: str) -> bool:
        if name == moment and not slept:
            slept.append(name)
            others.recover()
            if moment == "before apply":
                others.undo(run.id, by="ada", where="terminal")
            else:
                approve(others, house.proposed().id)
        return False

    points = CrashPoints(sleep)
    workspace = CrashingWorkspace(LocalWorkspace(checkpoint=points.reach), points=points)
    gate = FakeGate(lambda _after: "", workspace=workspace)
    parts = Parts(house.journal, gate, house.memory, workspace, lambda _name: FakeEngine(_unasked))
    sleeper = DecidingDesk(house.journal, orchestrator=wired(parts), policy=Policy)
    approve(sleeper, run.id)
    if moment == "before undo":
        sleeper.undo(run.id, by="ada", where="terminal")
    assert slept
    house.expect_what_is_recorded()
    assert house.text == (BASE if moment == "before apply" else GOOD)


def _unasked(_request: object) -> str:
    raise AssertionError("nothing is left to ask")
