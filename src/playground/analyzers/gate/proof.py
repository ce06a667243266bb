"""What has been proved about one candidate so far, and the verdict that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from playground.analyzers.gate import languages
from playground.analyzers.gate.delta import Delta
from playground.analyzers.gate.javascript import ScriptFacts
from playground.analyzers.gate.languages import Scripts
from playground.analyzers.gate.view import ChangeView
from playground.domain.findings import Finding
from playground.domain.tasks import Task
from playground.domain.verdicts import (
    Check,
    CheckStatus,
    CheckSummary,
    Conclusion,
    How,
    Objection,
    Vanished,
    Verdict,
)

_NAMED_MAX = 5
_DODGES = {
    How.SUPPRESSED: "it was silenced",
    How.DELETED: "the code was taken away",
    How.LAUNDERED: "it was hidden from the analyzer",
    How.MOVED: "it was moved elsewhere",
    How.CONFIG_WEAKENED: "the settings of the tool were loosened",
}


@dataclass
class Proof:
    """Collects answers; `verdict` says what they amount to.

    Attributes:
        task: what was asked.
        views: the changed files.
        scripts: facts about those that are scripts, by path.
        target_seen: whether the base shows the finding that the task is about.
        target_gone: whether it went away.
    """

    task: Task
    views: Sequence[ChangeView]
    scripts: Scripts = field(default_factory=dict[str, ScriptFacts])
    objections: list[Objection] = field(default_factory=list[Objection])
    unanswered: list[Objection] = field(default_factory=list[Objection])
    fixed: list[Vanished] = field(default_factory=list[Vanished])
    added: list[Finding] = field(default_factory=list[Finding])
    unchanged: int = 0
    revealed: int = 0
    checks: list[CheckSummary] = field(default_factory=list[CheckSummary])
    target_seen: bool = False
    target_gone: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether nothing speaks against the candidate yet."""
        return not self.objections and not self.unanswered

    def take(self, base: Check, after: Check, *, delta: Delta) -> None:
        """Adds one analyzer's answers about the base and about the changed tree.

        An answer that is not whole is no answer, whatever else it says.
        """
        self.checks.append(_summary(after))
        for check, words in ((base, "the unchanged files"), (after, "the changed files")):
            if check.status is not CheckStatus.OK:
                reason = check.detail or f"its answer was {check.status}."
                self.unanswered.append(
                    Objection("no-answer", f"{check.tool} has no answer for {words}: {reason}")
                )
                return
        target = self._target(base)
        self.unchanged += len(delta.kept) + len(delta.revealed)
        self.revealed += len(delta.revealed)
        self.added += delta.added
        for finding in delta.fixed:
            how = self._how(finding)
            self.fixed.append(Vanished(finding, how))
            if finding is target:
                self._settle(finding, how)
        for finding, now in delta.kept:
            if finding is target:
                line = now.span.start_line
                message = f"{now.rule} is still reported at line {line}: {now.message}"
                self.objections.append(Objection("target-remains", message))
        self.objections += _added(delta.added)

    def _target(self, base: Check) -> Finding | None:
        wanted = self.task.finding
        if wanted is None or wanted.tool != base.tool:
            return None
        found = [f for f in base.findings if f.fingerprint == wanted.fingerprint]
        if found:
            self.target_seen = True
        return found[0] if found else None

    def _how(self, finding: Finding) -> How:
        view = next((v for v in self.views if v.path == finding.path), None)
        if view is None:
            return How.REPAIRED
        return languages.how(view, finding, scripts=self.scripts, beside=self.views)

    def _settle(self, finding: Finding, how: How) -> None:
        self.target_gone = True
        if how in _DODGES:
            message = f"{finding.rule} is gone because {_DODGES[how]}; repair it instead."
            self.objections.append(Objection(f"not-repaired:{how}", message))

    def verdict(self, *, analysed: int) -> Verdict:
        """Returns what is proved.

        Args:
            analysed: how many files were analysed.
        """
        finding = self.task.finding
        if finding is not None and self.goes_on and not self.target_gone:
            message = f"{finding.rule} is not reported for the unchanged files; survey them again."
            self.unanswered.append(Objection("target-unknown", message))
        assessment = languages.assess(self.views, scripts=self.scripts, finding=finding)
        evidence = [*_revealed(self.revealed), *assessment.evidence]
        conclusion = Conclusion.PASSED
        if self.objections:
            conclusion = Conclusion.FAILED
        elif self.unanswered:
            conclusion = Conclusion.INCONCLUSIVE
        if conclusion is Conclusion.PASSED and analysed:
            tools = " and ".join(f"{c.tool} {c.version}" for c in self.checks)
            evidence.insert(0, f"No new finding of {tools} in {_count(analysed)}.")
        return Verdict(
            conclusion=conclusion,
            fixed=tuple(self.fixed),
            added=tuple(self.added),
            unchanged=self.unchanged,
            checks=tuple(self.checks),
            objections=(*self.objections, *self.unanswered),
            risk=assessment.tier,
            evidence=tuple(evidence),
            facts=assessment.facts,
        )


def _revealed(findings: int) -> list[str]:
    if not findings:
        return []
    what = "1 finding of a line" if findings == 1 else f"{findings} findings of lines"
    return [f"The syntax error hid {what} that did not change."]


def _count(files: int) -> str:
    return "the changed file" if files == 1 else f"{files} changed and importing files"


def _summary(check: Check) -> CheckSummary:
    return CheckSummary(
        tool=check.tool,
        version=check.version,
        status=check.status,
        findings=len(check.findings),
        seconds=check.seconds,
        detail=check.detail,
        receipt=check.receipt,
    )


def _added(findings: Sequence[Finding]) -> list[Objection]:
    named = [
        Objection("added", f"{f.rule} is new at {f.path}, line {f.span.start_line}: {f.message}")
        for f in findings[:_NAMED_MAX]
    ]
    more = len(findings) - len(named)
    return [*named, Objection("added", f"{more} more findings are new.")] if more else named
