"""What analyzers of our own have in common."""

from __future__ import annotations

from collections.abc import Sequence

from playground.analyzers.inspection import SUFFIXES, Inspector, inspected, rules_like
from playground.analyzers.profile import AnalyzerContext, Wanted
from playground.domain.ports import Mirror
from playground.domain.verdicts import Check


class OwnAnalyzer:
    """The port `Analyzer` over an inspector, but for the cards of its rules; safe to share.

    Args:
        name: the name of the module that builds it.
        look: the inspector.
        rules: ids of all its rules.
        context: how long it may take.
    """

    suffixes = SUFFIXES
    tier = 1  # milliseconds
    reads_alone = True

    def __init__(
        self, name: str, *, look: Inspector, rules: Sequence[str], context: AnalyzerContext
    ) -> None:
        self.name = name
        self._look = look
        self._rules = rules
        self._context = context

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Looks at these files of the mirror; trouble is a status, never an exception."""
        timeout_s = self._context.timeout_s
        return inspected(
            self.name, mirror=mirror, paths=paths, look=self._look, timeout_s=timeout_s
        )

    def rules_like(self, asked: str) -> tuple[str, ...]:
        """Returns the ids that equal or begin with what was asked for; empty if none do."""
        return rules_like(asked, rules=self._rules)

    def needed(self, wanted: Wanted) -> Wanted:
        """Returns that nothing of this matters: it always looks for everything."""
        del wanted
        return Wanted((), "")
