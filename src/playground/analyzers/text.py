"""text: characters that make a source text read differently than it is, found by ourselves."""

from __future__ import annotations

from collections.abc import Sequence

from playground.analyzers.inspection import SUFFIXES, card_of, inspected, rules_like
from playground.analyzers.inspection.characters import RULES, objections
from playground.analyzers.profile import AnalyzerContext, Wanted
from playground.domain.ports import Mirror, RuleCard
from playground.domain.verdicts import Check

_NAME = "text"


class TextAnalyzer:
    """The port `Analyzer` over searches of our own; safe to share between threads."""

    def __init__(self, context: AnalyzerContext) -> None:
        self._context = context

    @property
    def name(self) -> str:
        """The module's name."""
        return _NAME

    @property
    def suffixes(self) -> frozenset[str]:
        """File name endings that it reads: all that are mirrored."""
        return SUFFIXES

    @property
    def tier(self) -> int:
        """1: milliseconds."""
        return 1

    @property
    def reads_alone(self) -> bool:
        """It looks at one file at a time."""
        return True

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Looks at these files of the mirror; trouble is a status, never an exception."""
        timeout_s = self._context.timeout_s
        return inspected(_NAME, mirror=mirror, paths=paths, look=objections, timeout_s=timeout_s)

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of a rule from the texts that we ship."""
        return card_of(_NAME, rule)

    def rules_like(self, asked: str) -> tuple[str, ...]:
        """Returns the ids that equal or begin with what was asked for; empty if none do."""
        return rules_like(asked, rules=RULES)

    def needed(self, wanted: Wanted) -> Wanted:
        """Returns that nothing of this matters: it always looks for everything."""
        del wanted
        return Wanted((), "")


def create(context: AnalyzerContext) -> TextAnalyzer:
    """Builds the analyzer."""
    return TextAnalyzer(context)
