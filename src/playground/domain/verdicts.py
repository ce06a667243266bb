"""Checks and verdicts: what the analyzers proved about a candidate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from playground.domain.findings import Finding


class CheckStatus(StrEnum):
    """What became of one analyzer's run; anything but OK is no answer and never counts as clean."""

    OK = "ok"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    BAD_OUTPUT = "bad-output"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Check:
    """What one analyzer answered.

    Attributes:
        tool: the analyzer's name.
        version: the program's version.
        status: whether there is an answer at all.
        findings: what is known; it is all there is to know only if `status` is OK.
        detail: one sentence when `status` is not OK.
        seconds: wall seconds.
        receipt: digest of the sealed room's receipt, which the log holds; "" without a room.
    """

    tool: str
    version: str
    status: CheckStatus
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    seconds: float = 0.0
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """A check without its findings, as it is kept in events."""

    tool: str
    version: str
    status: CheckStatus
    findings: int
    seconds: float
    detail: str = ""
    receipt: str = ""


class How(StrEnum):
    """How a finding went away."""

    REPAIRED = "repaired"
    SUPPRESSED = "suppressed"
    DELETED = "deleted"
    LAUNDERED = "laundered"
    MOVED = "moved"
    UNKNOWN = "unknown"


class Conclusion(StrEnum):
    """The gate's answer."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class RiskTier(StrEnum):
    """How much of the behaviour is provably unchanged, from A (most) to D (cannot tell)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True, slots=True)
class Vanished:
    """A finding that the candidate no longer has, and how it went away."""

    finding: Finding
    how: How


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason against a candidate.

    Attributes:
        code: stable machine word, such as "target-remains", "added" or "signature-changed".
        message: one sentence, fit to be shown to a person and to the model.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proved about a candidate.

    Attributes:
        conclusion: PASSED only if every analyzer answered and nothing speaks against it.
        fixed: findings that went away, each with how.
        added: findings that were not there before.
        unchanged: how many findings stay.
        checks: one for each analyzer.
        objections: empty exactly when `conclusion` is PASSED.
        risk: how much of the behaviour is provably unchanged.
        evidence: sentences about what is provably unchanged.
    """

    conclusion: Conclusion
    fixed: tuple[Vanished, ...]
    added: tuple[Finding, ...]
    unchanged: int
    checks: tuple[CheckSummary, ...]
    objections: tuple[Objection, ...]
    risk: RiskTier
    evidence: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the candidate may be shown."""
        return self.conclusion is Conclusion.PASSED
