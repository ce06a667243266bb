"""A small world around the real loop: fakes for every port, real nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from playground.campaigns.planning import repair_task
from playground.domain.errors import BadInput
from playground.domain.findings import Finding, Severity, Span
from playground.domain.ports import Engine, RecipeBook
from playground.domain.proposals import Approved, Rejected
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Task
from playground.orchestrator.desk import DecidingDesk, SubmittingDesk
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.wiring import Parts, wired
from playground.testing.engine import FakeEngine
from playground.testing.gate import FakeGate, Judge
from playground.testing.journal import MemoryJournal
from playground.testing.memory import FakeMemory
from playground.testing.workspace import FakeWorkspace

Desk = TypeVar("Desk", bound=SubmittingDesk)

CODE = """def total(prices=[]):
    # adds up
    return sum(prices)
"""
FINDING = Finding(
    tool="ruff",
    rule="B006",
    message="Do not use mutable data structures for argument defaults",
    path="shop.py",
    span=Span(1, 18, 1, 20),
    severity=Severity.ERROR,
    symbol="total",
    line_text="def total(prices=[]):",
)
GOOD = "def total(prices=None):\n    # adds up\n    return sum(prices or [])\n"
BAD = "def total(prices=()):\n    # adds up\n    return 0\n"


@dataclass
class World:
    """Everything that a run needs."""

    answers: Callable[[str], str] = field(default=lambda _prompt: GOOD)
    policy: Policy = field(default_factory=lambda: Policy(samples=3))
    own: dict[str, BaseNode] = field(default_factory=dict[str, BaseNode])
    judgement: Judge | None = None
    recipes: RecipeBook | None = None

    def __post_init__(self) -> None:
        self.journal = MemoryJournal()
        self.workspace = FakeWorkspace({"shop.py": CODE})
        self.memory = FakeMemory()
        self.engine = FakeEngine(lambda request: self.answers(request.messages[1].content))
        self.gate = FakeGate(self.judge, workspace=self.workspace)
        self.desk = self.new_desk(DecidingDesk)

    def judge(self, after: Mapping[str, str]) -> str | Sequence[Finding]:
        if self.judgement is not None:
            return self.judgement(after)
        return "" if "prices or []" in str(after) else "B006 is still there."

    def engine_for(self, name: str) -> Engine:
        if name not in {"", "other"}:
            raise BadInput(f"no engine {name}")
        return self.engine

    def new_desk(self, kind: type[Desk]) -> Desk:
        parts = Parts(
            journal=self.journal,
            gate=self.gate,
            memory=self.memory,
            workspace=self.workspace,
            recipes=self.recipes,
            engine_for=self.engine_for,
            own=self.own,
        )
        return kind(self.journal, orchestrator=wired(parts), policy=lambda: self.policy)

    def task(self, finding: Finding = FINDING) -> Task:
        source = self.workspace.read(Path("/repo"), path=finding.path)
        return repair_task(finding, root="/repo", source=source)

    def run(self, task: Task | None = None) -> Run:
        return self.desk.advance(self.desk.submit(task or self.task()))


def approved(run: Run, *, why: str = "") -> Approved:
    proposal = run.waiting
    assert proposal is not None
    return Approved("ada", "terminal", proposal.digest, why)


def rejected(run: Run, *, why: str) -> Rejected:
    proposal = run.waiting
    assert proposal is not None
    return Rejected("ada", "terminal", proposal.digest, why)
