"""A campaign over fakes: a repository whose functions each have one finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from playground.campaigns.estimates import history_of
from playground.campaigns.opening import Wanted, open_campaign, opened_by
from playground.campaigns.planning import plan
from playground.campaigns.session import Halted, Pace, Session
from playground.campaigns.state import Campaign, folded
from playground.campaigns.working import Parts as CampaignParts
from playground.domain.campaigns import Bounds, Records
from playground.domain.errors import PlaygroundError
from playground.domain.findings import Finding, Severity, Span
from playground.domain.ports import GenerationRequest, Survey, Workspace
from playground.domain.tasks import Policy
from playground.domain.verdicts import Check, CheckStatus
from playground.orchestrator.desk import DecidingDesk
from playground.orchestrator.wiring import Parts, wired
from playground.testing.engine import FakeEngine
from playground.testing.gate import FakeGate
from playground.testing.memory import FakeMemory

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

ROOT = "/repo"
_DEFAULT = re.compile(r"def (\w+)\(prices=\[\]\):")


def module(*names: str) -> str:
    """Returns a module with one finding in each function."""
    functions = [f"def {name}(prices=[]):\n    return sum(prices)\n" for name in names]
    return "\n\n".join(functions)


def repaired(text: str) -> str:
    """Returns a function without its finding."""
    return text.replace("prices=[]", "prices=None").replace("sum(prices)", "sum(prices or [])")


def findings_in(path: str, text: str) -> list[Finding]:
    """Returns the findings of a module."""
    found: list[Finding] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _DEFAULT.match(line):
            span = Span(number, match.end() - 3, number, match.end() - 1)
            said = "mutable default"
            found.append(
                Finding("ruff", "B006", said, path, span, Severity.ERROR, match.group(1), line)
            )
    return found


class TreeGate(FakeGate):
    """A gate that looks for findings in the tree as it is now."""

    def __init__(self, workspace: Workspace, paths: Sequence[str]) -> None:
        super().__init__(_judged, workspace=workspace)
        self._paths = tuple(paths)
        self.surveys = 0

    def survey(self, root: Path, *, paths: Sequence[str], rules: Sequence[str] = ()) -> Survey:
        self.surveys += 1
        found = [
            finding
            for path in paths or self._paths
            for finding in findings_in(path, self._workspace.read(root, path=path).text)
        ]
        check = Check("ruff", "1", CheckStatus.OK, tuple(found))
        return Survey(str(root), tuple(found), (check,), (), len(self._paths))


def _judged(after: Mapping[str, str]) -> str:
    bad = [text for text in after.values() if "sum(prices or [])" not in text or "BAD" in text]
    return "not repaired" if bad else ""


def answer(request: GenerationRequest) -> str:
    """Repairs the function that is asked about."""
    asked = request.messages[-1].content
    names = re.findall(r"def (\w+)\(prices=\[\]\):", asked)
    return f"```python\ndef {names[-1]}(prices=None):\n    return sum(prices or [])\n```"


class InlineExecutor(Executor):
    """Runs what is submitted at once, in the thread that submits it."""

    def submit(
        self, fn: Callable[_Given, _Result], /, *args: _Given.args, **kwargs: _Given.kwargs
    ) -> Future[_Result]:
        future: Future[_Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except (PlaygroundError, Halted) as error:  # as a thread would keep it
            future.set_exception(error)
        return future


@dataclass
class CampaignWorld:
    """One process that works on a campaign."""

    journal: Records
    workspace: Workspace
    paths: Sequence[str]
    root: str = ROOT
    answer: Callable[[GenerationRequest], str] = answer
    memory: FakeMemory = field(default_factory=FakeMemory)

    def __post_init__(self) -> None:
        self.gate = TreeGate(self.workspace, self.paths)
        self.engine = FakeEngine(self.answer)
        parts = Parts(
            journal=self.journal,
            gate=self.gate,
            memory=self.memory,
            workspace=self.workspace,
            engine_for=lambda _name: self.engine,
        )
        self.policy = Policy(reflections_max=0)
        self.desk = DecidingDesk(
            self.journal, orchestrator=wired(parts), policy=lambda: self.policy
        )
        self.parts = CampaignParts(self.journal, self.desk, self.gate, self.workspace)

    def opened(self, bounds: Bounds | None = None, *, at: float = 1.0) -> Campaign:
        """Opens the campaign, or joins it."""
        survey = self.gate.survey(Path(self.root), paths=())
        made = plan(survey, workspace=self.workspace)
        wanted = Wanted(self.root, by="ada")
        campaign, _new = open_campaign(
            self.journal,
            root=self.root,
            make=lambda: opened_by(
                made, wanted=wanted, bounds=bounds or Bounds(), known=history_of([]), at=at
            ),
        )
        return campaign

    def session(self, campaign: Campaign, pace: Pace | None = None) -> Session:
        """Returns a session that works in the calling thread, unless its pace says otherwise."""
        inline = Pace(executor=lambda _n: InlineExecutor(), idle_s=0.0)
        return Session(self.parts, campaign_id=campaign.id, pace=pace or inline)

    def now(self, campaign: Campaign) -> Campaign:
        """Returns the campaign as the journal has it."""
        return folded(campaign.id, self.journal.campaign_events(campaign.id))
