"""A gate that judges by a function of the changed texts, for tests without analyzers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from playground.domain.candidates import Candidate
from playground.domain.comparisons import Comparison
from playground.domain.findings import Finding
from playground.domain.ports import RuleCard, Survey, Workspace
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

Judge = Callable[[Mapping[str, str]], "str | Sequence[Finding]"]
"""Takes the texts afterwards by path; returns "" to pass, else the reason against it or the
findings that the change adds."""


class FakeGate:
    """The port `Gate` over a function.

    Attributes:
        judged: ids of the candidates in the order in which they were judged.

    Args:
        judge: decides by the texts afterwards.
        workspace: reads the base files.
        findings: what a survey finds.
    """

    def __init__(
        self, judge: Judge, *, workspace: Workspace, findings: Sequence[Finding] = ()
    ) -> None:
        self._judge = judge
        self._workspace = workspace
        self._findings = tuple(findings)
        self.judged: list[str] = []

    def prepare(self, root: Path) -> None:
        """Has nothing to start."""

    def survey(self, root: Path, *, paths: Sequence[str], rules: Sequence[str] = ()) -> Survey:
        """Returns the given findings, narrowed by path prefix and rule prefix."""
        chosen = tuple(
            f
            for f in self._findings
            if (not paths or f.path.startswith(tuple(paths)))
            and (not rules or f.rule.startswith(tuple(rules)))
        )
        check = Check("fake", "1", CheckStatus.OK, chosen)
        return Survey(str(root), chosen, (check,), (), len({f.path for f in chosen}))

    def survey_since(
        self, root: Path, *, revision: str, paths: Sequence[str], rules: Sequence[str] = ()
    ) -> Comparison:
        """Returns all of the given findings as new ones."""
        survey = self.survey(root, paths=paths, rules=rules)
        return Comparison(
            root=survey.root,
            commit=revision,
            new=survey.findings,
            unchanged=0,
            absent=(),
            checks=survey.checks,
            skipped=(),
            files=survey.files,
        )

    def judge(self, task: Task, *, candidate: Candidate) -> Verdict:
        """Passes the candidate or objects with the function's reason."""
        self.judged.append(candidate.id)
        after: dict[str, str] = {}
        for change in candidate.patch.files:
            base = "" if change.is_new else self._base(task, change.path)
            after[change.path] = change.applied_to(base)
        said = self._judge(after)
        added = () if isinstance(said, str) else tuple(said)
        objections = [Objection("added", f"{finding.rule} is new.") for finding in added]
        if isinstance(said, str) and said:
            objections.append(Objection("fake", said))
        gone = bool(added) or not said
        fixed = (Vanished(task.finding, How.REPAIRED),) if task.finding and gone else ()
        return Verdict(
            conclusion=Conclusion.FAILED if objections else Conclusion.PASSED,
            fixed=fixed,
            added=added,
            unchanged=0,
            checks=(CheckSummary("fake", "1", CheckStatus.OK, 0, 0.0),),
            objections=tuple(objections),
            risk=RiskTier.B,
        )

    def _base(self, task: Task, path: str) -> str:
        return self._workspace.read(Path(task.root), path=path).text

    def explain(self, finding: Finding) -> RuleCard:
        """Returns a short card."""
        return RuleCard(finding.tool, finding.rule, "", "A rule for tests.", "", "", "")
