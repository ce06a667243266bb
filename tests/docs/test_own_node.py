"""The class in the guide, loaded as a person's own and at work in a run with fakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_pages import REPOSITORY, Page

from playground.campaigns.planning import repair_task
from playground.config import ConfigManager
from playground.domain.findings import Finding, Severity, Span
from playground.domain.runs import Run
from playground.domain.tasks import Policy
from playground.orchestrator.desk import SubmittingDesk
from playground.orchestrator.nodes.personal import own_nodes
from playground.orchestrator.wiring import Parts, wired
from playground.testing.engine import FakeEngine
from playground.testing.gate import FakeGate
from playground.testing.journal import MemoryJournal
from playground.testing.memory import FakeMemory
from playground.testing.workspace import FakeWorkspace

GUIDE = Page(REPOSITORY / "docs" / "how-to" / "own-node.md")
CODE = "def total(prices=[]):\n    return sum(prices)\n"
QUIET = "def total(prices=None):\n    return sum(prices or [])\n"
LOUD = "def total(prices=None):\n    print(prices)\n    return sum(prices or [])\n"
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration folder, filled as the guide says."""
    own = tmp_path / "config"
    own.mkdir()
    (node,) = GUIDE.of_kind("python")
    (settings,) = GUIDE.of_kind("yaml")
    (own / "house_style.py").write_text(node, encoding="utf-8")
    (own / "cycles.yaml").write_text(settings, encoding="utf-8")
    return own


def ended(folder: Path, answer: str) -> Run:
    """Runs one repair whose engine gives this answer."""
    names = ConfigManager(project=None, user_dir=folder, environ={}).config.cycles.nodes
    workspace = FakeWorkspace({"shop.py": CODE})
    engine = FakeEngine(lambda _request: answer)
    journal = MemoryJournal()
    parts = Parts(
        journal=journal,
        gate=FakeGate(lambda _after: "", workspace=workspace),
        memory=FakeMemory(),
        workspace=workspace,
        engine_for=lambda _name: engine,
        own=own_nodes(names, folder=folder, project=None),
    )
    policy = Policy(nodes=names)
    desk = SubmittingDesk(journal, orchestrator=wired(parts), policy=lambda: policy)
    source = workspace.read(Path("/repo"), path="shop.py")
    return desk.advance(desk.submit(repair_task(FINDING, root="/repo", source=source)))


def test_it_adds_its_evidence_to_the_proposal(folder: Path) -> None:
    run = ended(folder, QUIET)
    assert run.waiting is not None
    assert "House style: nothing is printed." in run.waiting.notes


def test_it_refuses_what_it_does_not_like(folder: Path) -> None:
    run = ended(folder, LOUD)
    assert run.waiting is None
    assert run.refused_ids
    assert any("We log, we do not print." in str(event) for event in run.events)
