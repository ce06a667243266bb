"""The crash simulator on a small stand-in loop, with everything real and with everything fake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from playground.domain.campaigns import Records
from playground.domain.changes import patch_between
from playground.domain.events import (
    ChangeApplied,
    DecisionTaken,
    Event,
    EvidenceAdded,
    ProposalMade,
    RunEnded,
    TaskOpened,
)
from playground.domain.ports import Workspace
from playground.domain.proposals import Approved
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.sqlite import SqliteJournal
from playground.security.workspace import LocalWorkspace
from playground.testing import (
    Durable,
    FakeWorkspace,
    MemoryJournal,
    approval_of,
    certain,
    crash_at,
    crash_everywhere,
    proposal_of,
    simulate,
)

BEFORE: dict[str, str | None] = {"a.py": "one\n", "b.py": "one\n", "sub/new.py": None}
AFTER = {"a.py": "two\n", "b.py": "two\n", "sub/new.py": "fresh\n"}
PROPOSAL = proposal_of(patch_between(BEFORE, AFTER))
TASK = Task("/repo", TaskKind.REQUEST, "make it better", ())


@dataclass
class Loop:
    """Records one event for each step; what to do next follows from what is recorded."""

    durable: Durable
    root: Path
    answers: list[str]

    def step(self, seq: int) -> Event | None:
        match seq:
            case 0:
                return TaskOpened(TASK, Policy())
            case 1:
                self.answers.append("asked")
                self.durable.points.reach("answer received")
                return EvidenceAdded("engine", "c", (f"answer {len(self.answers)}",))
            case 2:
                return ProposalMade(PROPOSAL)
            case 3:
                return DecisionTaken(approval_of(PROPOSAL), at=0.0)
            case 4:
                return self.apply()
            case 5:
                return RunEnded("applied", "done")
            case _:
                return None

    def apply(self) -> Event:
        written = self.durable.workspace.apply(
            PROPOSAL, root=self.root, approved=approval_of(PROPOSAL), confirm=certain
        )
        return ChangeApplied(tuple(written))

    def run(self) -> None:
        runs = self.durable.journal.runs()
        seq = len(runs[0].events) if runs else 0
        while event := self.step(seq):
            self.durable.journal.append("run", seq=seq, event=event)
            seq += 1


@dataclass
class Fakes:
    """Memory for disks."""

    disk: MemoryJournal = field(default_factory=MemoryJournal)
    tree: FakeWorkspace = field(
        default_factory=lambda: FakeWorkspace({k: v for k, v in BEFORE.items() if v is not None})
    )
    answers: list[str] = field(default_factory=list[str])
    root: Path = Path("/repo")

    def journal(self) -> Records:
        return self.disk

    def workspace(self, checkpoint: Callable[[str], None]) -> Workspace:
        return self.tree.restarted(checkpoint)

    def build(self, durable: Durable) -> Loop:
        return Loop(durable, self.root, self.answers)

    def drive(self, system: Loop) -> None:
        system.run()

    def files(self) -> dict[str, str]:
        return self.tree.files


class Real(Fakes):
    """A database and files; every start opens them anew, as a new process would."""

    def __init__(self, folder: Path) -> None:
        super().__init__(root=folder / "tree")
        self.folder = folder
        self.opened: SqliteJournal | None = None
        self.root.mkdir(parents=True)
        for path, text in BEFORE.items():
            if text is not None:
                (self.root / path).write_text(text)

    def journal(self) -> Records:
        self.close()
        self.opened = SqliteJournal(self.folder / "state" / "journal.sqlite3")
        return self.opened

    def close(self) -> None:
        if self.opened:
            self.opened.close()

    def workspace(self, checkpoint: Callable[[str], None]) -> Workspace:
        return LocalWorkspace(checkpoint=checkpoint)

    def files(self) -> dict[str, str]:
        found = (p for p in self.root.rglob("*") if p.is_file())
        return {p.relative_to(self.root).as_posix(): p.read_text() for p in found}


def expect_whole(scenario: Fakes) -> None:
    """Nothing lost, nothing twice, nothing half-written, nothing left behind."""
    journal = scenario.journal()
    kinds = [type(event).__name__ for event in journal.load("run").events]
    assert kinds == [
        "TaskOpened",
        "EvidenceAdded",
        "ProposalMade",
        "DecisionTaken",
        "ChangeApplied",
        "RunEnded",
    ]
    assert journal.verify().problems == ()
    assert scenario.files() == AFTER


@pytest.fixture(params=["fakes", "real"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Fakes]:
    made: list[Fakes] = []

    def fakes() -> Fakes:
        return Fakes()

    def real() -> Fakes:
        made.append(Real(tmp_path / str(len(made))))
        return made[-1]

    return real if request.param == "real" else fakes


def test_a_crash_at_every_single_moment_loses_nothing(make: Callable[[], Fakes]) -> None:
    moments: set[str] = set()
    for trace, scenario in crash_everywhere(make):
        expect_whole(scenario)
        moments.update(name for _, name in trace.crashes)
        asked_in_vain = sum(
            name in {"answer received", "before append EvidenceAdded"} for _, name in trace.crashes
        )
        assert len(scenario.answers) == 1 + asked_in_vain
        assert trace.starts == 1 + len(trace.crashes)
    assert {"before append ChangeApplied", "after append DecisionTaken", "after apply"} <= moments


def test_the_real_tree_can_die_inside_each_write(tmp_path: Path) -> None:
    calm = crash_at((), Real(tmp_path))
    inside = {name for name in calm.passed if name.endswith(".py")}
    assert {
        "before fill a.py",
        "after fill a.py",
        "before place b.py",
        "after place a.py",
        "between names sub/new.py",
    } <= inside


@pytest.mark.parametrize("seed", range(12))
def test_random_crashes_lose_nothing(make: Callable[[], Fakes], seed: int) -> None:
    scenario = make()
    trace = simulate(seed, scenario, share=0.3)
    expect_whole(scenario)
    assert trace.starts == 1 + len(trace.crashes)


def test_a_seed_gives_the_same_crashes_again() -> None:
    assert simulate(3, Fakes()) == simulate(3, Fakes())
    assert len({simulate(seed, Fakes()).crashes for seed in range(10)}) > 1


class ForgetfulLoop(Loop):
    """Says that it applied before it did."""

    def step(self, seq: int) -> Event | None:
        return ChangeApplied(()) if seq == 4 else super().step(seq)

    def run(self) -> None:
        super().run()
        self.durable.workspace.apply(
            PROPOSAL,
            root=self.root,
            approved=Approved("tester", "test", PROPOSAL.digest),
            confirm=certain,
        )


class Forgetful(Fakes):
    def build(self, durable: Durable) -> Loop:
        return ForgetfulLoop(durable, self.root, self.answers)

    def drive(self, system: Loop) -> None:
        runs = system.durable.journal.runs(open_only=True)
        if runs or not system.durable.journal.runs():
            system.run()


def test_a_loop_that_records_before_it_writes_is_caught() -> None:
    broken = [
        name
        for trace, scenario in crash_everywhere(Forgetful)
        for _, name in trace.crashes
        if scenario.files() != AFTER
    ]
    assert "before apply" in broken
