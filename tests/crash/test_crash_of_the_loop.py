"""The real loop dies at every moment; nothing is lost and nothing repeated."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from playground.campaigns.planning import repair_task
from playground.domain.campaigns import Records
from playground.domain.changes import patch_between
from playground.domain.errors import EngineUnavailable
from playground.domain.events import CandidateGenerated, CandidateReflected, DecisionTaken
from playground.domain.findings import Finding, Severity, Span
from playground.domain.ports import GenerationRequest, Workspace
from playground.domain.proposals import Amended, Approved, Decision, Rejected
from playground.domain.runs import Run
from playground.domain.tasks import Policy
from playground.journal.sqlite import SqliteJournal
from playground.orchestrator.desk import DecidingDesk
from playground.orchestrator.wiring import Parts, wired
from playground.security.workspace import LocalWorkspace
from playground.testing.crash import Durable, Trace, crash_at, crash_everywhere, simulate
from playground.testing.engine import FakeEngine
from playground.testing.gate import FakeGate
from playground.testing.journal import MemoryJournal
from playground.testing.memory import FakeMemory

BASE = "def total(prices=[]):\n    return sum(prices)\n"
GOOD = "def total(prices=None):\n    return sum(prices or [])\n"
MINE = "def total(prices=()):\n    return sum(prices or [], 0)\n"
NAMES = ("approved.py", "rejected.py", "amended.py", "undone.py")
WANTED = {"approved.py": GOOD, "rejected.py": BASE, "amended.py": MINE, "undone.py": BASE}


class Repairs:
    """Four findings in four files; a person decides each in another way."""

    def __init__(self, *, on_disk: bool = True, cascade: tuple[str, ...] = ()) -> None:
        self._policy = Policy(reflections_max=1, cascade=cascade)
        self._in_memory = None if on_disk else MemoryJournal()
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name) / "repo"
        self.root.mkdir()
        for name in NAMES:
            (self.root / name).write_text(BASE)
        self.asked: list[str] = []
        self.memory = FakeMemory()
        self.desks: list[DecidingDesk] = []

    def journal(self) -> Records:
        return self._in_memory or SqliteJournal(Path(self._folder.name) / "journal.sqlite")

    def workspace(self, checkpoint: Callable[[str], None]) -> LocalWorkspace:
        return LocalWorkspace(checkpoint=checkpoint)

    def build(self, durable: Durable) -> tuple[DecidingDesk, Workspace]:
        self._nothing_is_half_written()

        def answer(request: GenerationRequest) -> str:
            self.asked.append(request.id)
            if "Answer as JSON" in request.messages[1].content:
                return '{"advice": "accept", "reason": "ok"}'
            return GOOD

        gate = FakeGate(
            lambda after: "" if "prices or []" in str(after) else "not repaired",
            workspace=durable.workspace,
        )
        engine = FakeEngine(answer)
        parts = Parts(
            journal=durable.journal,
            gate=gate,
            memory=self.memory,
            workspace=durable.workspace,
            engine_for=lambda name: FakeEngine(_down) if name == "down" else engine,
        )
        desk = DecidingDesk(durable.journal, orchestrator=wired(parts), policy=lambda: self._policy)
        return desk, durable.workspace

    def drive(self, system: tuple[DecidingDesk, Workspace]) -> None:
        desk, workspace = system
        desk.recover()
        for name in NAMES:
            run = self._run_of(desk, name)
            if run is None:
                source = workspace.read(self.root, path=name)
                task = repair_task(_finding(name), root=str(self.root), source=source)
                run = desk.load(desk.submit(task))
            run = desk.advance(run.id)
            while run.waiting is not None:
                run = desk.decide(run.id, decision=_decision(name, run))
            if name == "undone.py" and run.ended and run.ended.outcome == "applied":
                desk.undo(run.id, by="ada", where="terminal")

    def _run_of(self, desk: DecidingDesk, name: str) -> Run | None:
        journal = self.journal()
        try:
            runs = [r for r in journal.runs() if r.task.files[0].path == name]
        finally:
            journal.close()
        assert len(runs) <= 1
        return desk.load(runs[0].id) if runs else None

    def _nothing_is_half_written(self) -> None:
        for name in NAMES:
            assert (self.root / name).read_text() in {BASE, GOOD, MINE}

    def check(self, trace: Trace) -> None:
        for name, text in WANTED.items():
            assert (self.root / name).read_text() == text, (name, trace.crashes)
        journal = self.journal()
        try:
            assert journal.verify().problems == ()
            runs = journal.runs()
        finally:
            journal.close()
        assert len(runs) == len(NAMES)
        for run in runs:
            self._decided_once(run)
            self._asked_once(run, trace)
        outcomes = Counter(e.outcome for e in self.memory.all(10))
        assert outcomes == {"approved": 1, "rejected": 1, "amended": 1, "undone": 1}

    def _decided_once(self, run: Run) -> None:
        taken = [e for e in run.events if isinstance(e, DecisionTaken)]
        assert len(taken) == (2 if "amended" in run.task.files[0].path else 1)

    def _asked_once(self, run: Run, trace: Trace) -> None:
        """An answer is asked for again only if death came before it was recorded."""
        recorded = [e for e in run.events if isinstance(e, CandidateGenerated | CandidateReflected)]
        asked = [one for one in self.asked if one.startswith(run.id)]
        lost = sum(name.startswith("before append Candidate") for _n, name in trace.crashes)
        model_events = [e for e in recorded if e.usage.total]
        assert len(model_events) <= len(asked) <= len(model_events) + lost


def _down(_request: GenerationRequest) -> str:
    raise EngineUnavailable("Nobody listens there.")


def _finding(path: str) -> Finding:
    return Finding(
        "ruff", "B006", "mutable default", path, Span(1, 18, 1, 20), Severity.ERROR, "total"
    )


def _decision(name: str, run: Run) -> Decision:
    proposal = run.waiting
    assert proposal is not None
    seen = proposal.digest
    if name == "rejected.py":
        return Rejected("ada", "terminal", seen, "no")
    if name == "amended.py" and not run.was_amended:
        patch = patch_between({name: BASE}, {name: MINE})
        return Amended("ada", "terminal", seen, patch)
    return Approved("ada", "terminal", seen)


def _one_death_at_every_moment(make: Callable[[], Repairs]) -> None:
    moments = 0
    for trace, scenario in crash_everywhere(make):
        scenario.check(trace)
        moments += 1
    assert moments > 40


def test_one_death_at_moments_far_apart() -> None:
    calm = crash_at((), Repairs(on_disk=False))
    assert len(calm.passed) > 40
    for moment in range(0, len(calm.passed), 5):  # other steps in each of the four runs
        scenario = Repairs(on_disk=False)
        scenario.check(crash_at((moment,), scenario))


@pytest.mark.slow
def test_one_death_at_every_moment() -> None:
    _one_death_at_every_moment(lambda: Repairs(on_disk=False))


def test_deaths_while_an_engine_is_skipped() -> None:
    scenario = Repairs(on_disk=False, cascade=("down", "up"))
    trace = simulate(7, scenario)
    scenario.check(trace)
    assert any("EngineSkipped" in name for name in trace.passed)


@pytest.mark.slow
def test_one_death_at_every_moment_of_a_cascade() -> None:
    _one_death_at_every_moment(lambda: Repairs(on_disk=False, cascade=("down", "up")))


@pytest.mark.slow
def test_one_death_at_every_moment_with_the_journal_on_disk() -> None:
    _one_death_at_every_moment(Repairs)


@pytest.mark.parametrize("seed", range(4))
def test_many_deaths_at_random_moments(seed: int) -> None:
    scenario = Repairs()
    trace = simulate(seed, scenario)
    assert trace.starts > 3
    scenario.check(trace)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
def test_many_more_deaths_at_random_moments(seed: int) -> None:
    scenario = Repairs()
    trace = simulate(seed, scenario)
    assert trace.starts > 3
    scenario.check(trace)
