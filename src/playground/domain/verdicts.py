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
    CONFIG_WEAKENED = "config-weakened"
    UNKNOWN = "unknown"


class Conclusion(StrEnum):
    """The gate's answer."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class RiskTier(StrEnum):
    """How much of the behaviour is provably unchanged; proposals of low risk are shown first.

    A: the same syntax tree, or exactly the analyzer's own safe fix.
    B: what is compared differs only in what the rule asks to change.
    C: it differs in other ways, all of which are named.
    D: it cannot be told.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Aspect(StrEnum):
    """What is compared before and after, in any language, without running anything."""

    DOCSTRINGS = "docstrings"
    ANNOTATIONS = "annotations"
    IMPORTS = "imports"
    SIGNATURES = "public signatures"
    EXPORTS = "exports"
    DECORATORS = "decorators"
    RAISED = "exceptions raised"
    CAUGHT = "exceptions caught"
    CHECKS = "checks"
    IO = "I/O calls"
    CALLS = "other calls"
    RETURNS = "returned values"
    FLOW = "control flow"
    WAITS = "awaits and yields"
    WRITES = "names and attributes written"
    READS = "names read from outside"
    LITERALS = "literals"
    CODE = "statements"
    ORDER = "order of statements"
    BLOCKS = "blocks around statements"


@dataclass(frozen=True, slots=True)
class Fact:
    """How one aspect of the code compares before and after.

    Attributes:
        aspect: what was compared.
        removed: what is gone, sorted, each once; source text in normal form.
        added: what is new, sorted, each once.
    """

    aspect: Aspect
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing of this aspect changed."""
        return not self.removed and not self.added


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
        evidence: sentences about what is provably unchanged and what is not.
        facts: one for each aspect that was compared; empty where nothing could be.
    """

    conclusion: Conclusion
    fixed: tuple[Vanished, ...]
    added: tuple[Finding, ...]
    unchanged: int
    checks: tuple[CheckSummary, ...]
    objections: tuple[Objection, ...]
    risk: RiskTier
    evidence: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the candidate may be shown."""
        return self.conclusion is Conclusion.PASSED
