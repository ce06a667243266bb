"""A gate that finds two words, for tests of the commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from playground.domain.candidates import Candidate
from playground.domain.comparisons import Comparison
from playground.domain.findings import Finding, Severity, Span, TextEdit, ToolFix
from playground.domain.ports import RuleCard, Survey
from playground.domain.tasks import Task
from playground.domain.verdicts import (
    Check,
    CheckStatus,
    CheckSummary,
    Conclusion,
    How,
    Objection,
    RiskTier,
    Vanished,
    Verdict,
)
from playground.security.workspace import LocalWorkspace

FLAWS = re.compile(r"\b(BAD|WORSE)\b")
"""BAD is repaired by the analyzer's own fix, WORSE only by the engine; GOOD is what is wanted."""


class FlawGate:
    """The port `Gate` over files in which the words BAD and WORSE are findings."""

    def __init__(self, workspace: LocalWorkspace) -> None:
        self.workspace = workspace
        self.status = CheckStatus.OK
        self.ordinals = False
        self.skipped: tuple[tuple[str, str], ...] = ()
        self.uncompared: tuple[str, ...] = ()
        self.surveys: list[tuple[str, ...]] = []
        self.useless: set[str] = set()
        """Places, each as path:line, where the analyzer's own fix brings a new flaw."""
        self.before_judge: Callable[[], None] = lambda: None

    def prepare(self, root: Path) -> None:
        pass

    def survey(self, root: Path, *, paths: Sequence[str], rules: Sequence[str] = ()) -> Survey:
        self.surveys.append(tuple(paths))
        files = sorted(p for p in root.rglob("*.py") if p.is_file())
        names = [p.relative_to(root).as_posix() for p in files]
        chosen = [n for n in names if not paths or n.startswith(tuple(paths))]
        findings = [
            finding
            for name in chosen
            for finding in self._flaws(name, (root / name).read_text(encoding="utf-8"))
            if not rules or finding.rule.startswith(tuple(rules))
        ]
        check = Check("flaws", "1.0", self.status, tuple(findings), "it hung", 0.1)
        return Survey(str(root), tuple(findings), (check,), self.skipped, len(chosen))

    def survey_since(
        self, root: Path, *, revision: str, paths: Sequence[str], rules: Sequence[str] = ()
    ) -> Comparison:
        survey = self.survey(root, paths=paths, rules=rules)
        new = tuple(f for f in survey.findings if f.rule == "X002")
        absent = tuple(replace(f, line_text="gone") for f in new[:1])
        return Comparison(
            *(survey.root, revision * 10, new, 3, absent, survey.checks, (), survey.files),
            uncompared=self.uncompared,
        )

    def _flaws(self, path: str, text: str) -> list[Finding]:
        found = flaws_of(path, text)
        for number, finding in enumerate(found):
            if f"{path}:{finding.span.start_line}" in self.useless:
                found[number] = _uselessly_fixed(finding)
        if not self.ordinals:
            return found
        return [replace(finding, ordinal=number) for number, finding in enumerate(found)]

    def judge(self, task: Task, *, candidate: Candidate) -> Verdict:
        self.before_judge()
        added = 0
        for change in candidate.patch.files:
            before = "" if change.is_new else self._base(task, change.path)
            added += len(FLAWS.findall(change.applied_to(before))) - len(FLAWS.findall(before))
        good = added < 0 or (task.finding is None and added == 0)
        fixed = (Vanished(task.finding, How.REPAIRED),) if task.finding and good else ()
        return Verdict(
            conclusion=Conclusion.PASSED if good else Conclusion.FAILED,
            fixed=fixed,
            added=(),
            unchanged=0,
            checks=(CheckSummary("flaws", "1.0", CheckStatus.OK, 0, 0.1),),
            objections=() if good else (Objection("target-remains", "The flaw remains."),),
            risk=RiskTier.B,
            evidence=("public signatures unchanged",),
        )

    def _base(self, task: Task, path: str) -> str:
        return self.workspace.read(Path(task.root), path=path).text

    def explain(self, finding: Finding) -> RuleCard:
        return RuleCard(finding.tool, finding.rule, "flaw", "A flaw.", "", "", "")


def flaws_of(path: str, text: str) -> list[Finding]:
    found: list[Finding] = []
    for number, line in enumerate(text.split("\n"), start=1):
        for match in FLAWS.finditer(line):
            span = Span(number, match.start() + 1, number, match.end() + 1)
            rule = f"X{'001' if match.group() == 'BAD' else '002'}"
            edit = TextEdit(span, "GOOD")
            fix = ToolFix("safe", "say GOOD", (edit,)) if rule == "X001" else None
            finding = Finding(
                tool="flaws",
                rule=rule,
                message=f"{match.group()} is no good",
                path=path,
                span=span,
                severity=Severity.ERROR,
                line_text=line,
                ordinal=number,
                fix=fix,
            )
            found.append(finding)
    return found


def _uselessly_fixed(finding: Finding) -> Finding:
    fix = ToolFix("safe", "say WORSE", (TextEdit(finding.span, "WORSE"),))
    return replace(finding, fix=fix if finding.fix else None)
