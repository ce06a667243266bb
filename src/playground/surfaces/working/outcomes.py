"""What became of each finding, and of all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from playground.domain.candidates import Usage
from playground.domain.findings import Finding
from playground.domain.runs import Run
from playground.surfaces.asking.conversation import Answer


class Outcome(StrEnum):
    """What became of a finding or a request."""

    PROPOSED = "proposed"
    GAVE_UP = "gave_up"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Result:
    """One finding or request after it was worked on.

    Attributes:
        outcome: what the loop made of it.
        finding: None for a request.
        run: None when no run was opened.
        reason: one sentence, "" when there is a proposal.
        answer: what the person said, None when nobody was asked.
        seconds: wall seconds of the work in this command.
        usage: tokens spent in this command.
    """

    outcome: Outcome
    finding: Finding | None = None
    run: Run | None = None
    reason: str = ""
    answer: Answer | None = None
    seconds: float = 0.0
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Totals:
    """All results of a command.

    Attributes:
        findings: how many there were at first.
        results: one for each that was looked at, in order.
        seconds: wall seconds of the whole command.
        beyond: findings that were not tried because of `--max` or because the person quit.
        unanswered: analyzers that gave no answer, each as a sentence.
        unread: files that the person named and nothing could look into.
    """

    findings: int
    results: Sequence[Result]
    seconds: float
    beyond: int = 0
    unanswered: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """Returns how many had this outcome."""
        return sum(result.outcome is outcome for result in self.results)

    def answered(self, answer: Answer) -> int:
        """Returns how many proposals got this answer."""
        return sum(result.answer is answer for result in self.results)

    @property
    def waiting(self) -> int:
        """How many proposals wait for a person now."""
        return sum(r.run is not None and r.run.waiting is not None for r in self.results)

    @property
    def usage(self) -> Usage:
        """Tokens of all results."""
        total = Usage()
        for result in self.results:
            total += result.usage
        return total

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why findings were given up, skipped or failed, the commonest first."""
        said = Counter(r.reason for r in self.results if r.outcome is not Outcome.PROPOSED)
        return said.most_common()

    def exit_code(self, *, asked: bool, unavailable: bool) -> int:
        """Returns 0 when every finding was settled, 1 when not, 3 when a part was missing.

        Args:
            asked: whether a person was asked; then only an applied change settles a finding,
                else a proposal does.
            unavailable: whether a needed part was missing.
        """
        settled = self.answered(Answer.APPROVED) if asked else self.count(Outcome.PROPOSED)
        if unavailable:
            return 3
        if settled < len(self.results) or self.beyond or self.unread:
            return 1
        return 3 if self.unanswered else 0
