"""The labelled changes of JavaScript and TypeScript in `tests/cases`, judged by a real worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

import yaml

from playground.analyzers.gate.javascript import ScriptFacts, ScriptReader
from playground.analyzers.gate.javascript.reader import ScriptChange
from playground.analyzers.javascript import Workers
from playground.analyzers.profile import AnalyzerContext
from playground.campaigns.planning import RULES_ABOUT_SIGNATURES
from playground.domain.findings import Finding, Severity, Span
from playground.domain.tasks import Task, TaskKind
from playground.domain.verdicts import How, Objection

CASES = Path(__file__).parents[1] / "cases"
SCRIPT_SETS = (
    "javascript", "javascript_blind", "javascript_late", "javascript_fresh", "javascript_unseen"
)  # fmt: skip


class _Case(TypedDict, total=False):
    kind: str
    tool: str
    rule: str
    path: str
    how: str
    family: str
    expect: str
    symbol: str
    line: str
    open: str


@dataclass(frozen=True)
class ScriptCase:
    """One labelled change of a script or of a file of settings.

    Attributes:
        name: the set and the folder's name.
        honest: whether it is a repair.
        how: how the finding goes away, by its label.
        family: kind of dodge or repair.
        expect: code of the objection that the case is about, "" for any.
        change: the file before and after.
        finding: what goes away, as far as the label knows it.
        open: why it is known to be judged wrongly, "" if it is judged rightly.
    """

    name: str
    honest: bool
    how: How
    family: str
    expect: str
    change: ScriptChange
    finding: Finding
    open: str


@dataclass(frozen=True)
class ScriptOutcome:
    """What the worker said of a case; it is refused if there is an objection or it moved."""

    case: ScriptCase
    objections: tuple[Objection, ...]
    how: How

    @property
    def refused(self) -> bool:
        """Whether the change may not be proposed."""
        return bool(self.objections) or self.how is not How.REPAIRED


def script_cases(*sets: str) -> list[ScriptCase]:
    """Returns the cases of these sets, all of them when none is named, sorted by name."""
    folders = [folder for name in sets or SCRIPT_SETS for folder in (CASES / name).iterdir()]
    return [_labelled(folder) for folder in sorted(folders, key=lambda f: (f.name, f.parent.name))]


def _labelled(folder: Path) -> ScriptCase:
    case = cast("_Case", yaml.load((folder / "case.yaml").read_text(), Loader=yaml.CSafeLoader))
    texts = {path.stem: path.read_text() for path in folder.iterdir()}
    path = case.get("path", "")
    return ScriptCase(
        name=f"{folder.parent.name}/{folder.name}",
        honest=case.get("kind") == "honest",
        how=How(case.get("how", "repaired")),
        family=case.get("family", ""),
        expect=case.get("expect", ""),
        change=ScriptChange(path, texts["before"], texts["after"]),
        finding=Finding(
            tool=case.get("tool", ""),
            rule=case.get("rule", ""),
            message="m",
            path=path,
            span=Span(1, 1, 1, 2),
            severity=Severity.ERROR,
            symbol=case.get("symbol", ""),
            line_text=case.get("line", ""),
        ),
        open=case.get("open", ""),
    )


def task_of(finding: Finding, *, kind: TaskKind = TaskKind.REPAIR) -> Task:
    """Returns the task of repairing the finding, or a request in words about its file."""
    wanted = finding if kind is TaskKind.REPAIR else None
    return Task("/repository", kind, "goal", (), finding=wanted)


def judged_scripts(cases: Sequence[ScriptCase], *, scratch: Path) -> list[ScriptOutcome]:
    """Returns what a worker says of the cases, as the gate asks it.

    Args:
        cases: what is judged.
        scratch: folder for the worker.
    """
    reader = ScriptReader(Workers(AnalyzerContext(scratch)))
    try:
        return [_judged(case, reader) for case in cases]
    finally:
        reader.close()


def _judged(case: ScriptCase, reader: ScriptReader) -> ScriptOutcome:
    change, finding = case.change, case.finding
    read = reader.read(task_of(finding), changes=[change])
    facts = read.facts.get(change.path, ScriptFacts(comparable=False))
    found = [*read.unanswered, *facts.intake, *facts.dodges]
    if finding.rule not in RULES_ABOUT_SIGNATURES:
        found += [Objection("signature-changed", sentence) for sentence in facts.broken]
    how = facts.how(finding, before=change.before or "", after=change.after)
    if case.honest and not facts.comparable:
        how = How.REPAIRED  # a file of settings has no syntax that could be compared
    return ScriptOutcome(case, tuple(found), how)
