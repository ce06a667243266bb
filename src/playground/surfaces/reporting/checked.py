"""What `check` found, whatever it was compared with, ready to be written in any format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from playground.domain.comparisons import Comparison
from playground.domain.findings import Finding
from playground.domain.ports import Survey
from playground.domain.verdicts import Check, CheckStatus


class State(StrEnum):
    """How a finding compares with an earlier state; the values are those of SARIF."""

    NEW = "new"
    UNCHANGED = "unchanged"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of an earlier state, as a baseline file keeps it."""

    fingerprint: str
    path: str
    tool: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What one `check` found.

    Attributes:
        root: absolute folder that paths are relative to.
        findings: all that were found, in the order of path and line; against a revision, those
            that are new.
        checks: one for each analyzer.
        skipped: pairs of a path and the reason why it was not read.
        unread: files among them that the person named, or that could not be compared.
        files: how many files were looked at.
        hidden: findings that the repository's own comments and settings keep back.
        against: what was compared with, in words; "" when nothing was.
        known: fingerprints of the findings that were there before.
        unchanged: how many there are of these, listed or not.
        absent: findings of before that are gone.
        seconds: wall seconds.
    """

    root: str
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    skipped: tuple[tuple[str, str], ...]
    unread: tuple[str, ...] = ()
    files: int = 0
    hidden: int = 0
    against: str = ""
    known: frozenset[str] = frozenset()
    unchanged: int = 0
    absent: tuple[Known, ...] = ()
    seconds: float = 0.0

    def state(self, finding: Finding) -> State | None:
        """Returns how a finding compares, None when nothing was compared with."""
        if not self.against:
            return None
        return State.UNCHANGED if finding.fingerprint in self.known else State.NEW

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The findings that count: all, or those that are new."""
        return tuple(f for f in self.findings if self.state(f) is not State.UNCHANGED)

    @property
    def unanswered(self) -> tuple[Check, ...]:
        """Analyzers that gave no whole answer."""
        return tuple(check for check in self.checks if check.status is not CheckStatus.OK)

    @property
    def exit_code(self) -> int:
        """0 when nothing counts, 1 when something does, 3 when an analyzer gave no answer."""
        if self.counted or self.unread:
            return 1
        return 3 if self.unanswered else 0


def known_of(finding: Finding) -> Known:
    """Returns what is kept of a finding."""
    return Known(finding.fingerprint, finding.path, finding.tool, finding.rule, finding.message)


def of_survey(survey: Survey, *, unread: tuple[str, ...] = ()) -> Checked:
    """Returns a survey that is compared with nothing."""
    return Checked(
        root=survey.root,
        findings=survey.findings,
        checks=survey.checks,
        skipped=survey.skipped,
        unread=unread,
        files=survey.files,
        hidden=survey.hidden,
    )


def of_comparison(comparison: Comparison, *, revision: str) -> Checked:
    """Returns what is new since a revision."""
    return Checked(
        root=comparison.root,
        findings=comparison.new,
        checks=comparison.checks,
        skipped=comparison.skipped,
        files=comparison.files,
        against=f"revision {revision} ({comparison.commit[:12]})",
        unchanged=comparison.unchanged,
        absent=tuple(known_of(finding) for finding in comparison.absent),
    )
