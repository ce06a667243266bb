"""text: characters that make a source text read differently than it is, found by ourselves."""

from __future__ import annotations

from playground.analyzers.inspection import card_of
from playground.analyzers.inspection.analyzer import OwnAnalyzer
from playground.analyzers.inspection.characters import RULES, objections
from playground.analyzers.profile import AnalyzerContext
from playground.domain.ports import RuleCard

_NAME = "text"


class TextAnalyzer(OwnAnalyzer):
    """The port `Analyzer` over searches of our own; safe to share between threads."""

    def __init__(self, context: AnalyzerContext) -> None:
        super().__init__(_NAME, look=objections, rules=tuple(RULES), context=context)

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of a rule from the texts that we ship."""
        return card_of(_NAME, rule)


def create(context: AnalyzerContext) -> TextAnalyzer:
    """Builds the analyzer."""
    return TextAnalyzer(context)
