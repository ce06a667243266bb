"""Which findings have a repair at hand that no model is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from playground.domain.changes import SourceFile
from playground.domain.errors import StorageUnavailable
from playground.domain.findings import Finding
from playground.domain.fitting import fitted, recipes_for
from playground.domain.ports import RecipeBook
from playground.domain.recipes import Recipe
from playground.domain.repairs import Repair
from playground.domain.tasks import Policy, Source

_TRIED_MAX = 400
"""Findings at which recipes are tried: one takes 25 ms in a file of 1,000 lines, and a person waits
for the plan. Of those beyond it only the order is not as good."""


class AtHand:
    """Says for which findings the analyzer has a fix, or a recipe fits.

    It is a guess about cost and opens no run: whether the repair is good is for the gate to say.
    Answers are kept, because plans are made again after each change of a file.

    Args:
        policy: the bounds of the runs.
        book: the recipes that a person approved, None for none.
    """

    def __init__(self, policy: Policy, *, book: RecipeBook | None = None) -> None:
        self._policy = policy
        self._book = book
        self._by_rule: dict[tuple[str, str], tuple[Recipe | Repair, ...]] = {}
        self._known: dict[str, tuple[str, bool]] = {}

    def has(self, finding: Finding, *, source: SourceFile) -> bool:
        """Whether a repair of a finding in this file costs no tokens."""
        if finding.fix is not None and Source.TOOL in self._policy.sources:
            return True
        recipes = self._recipes(finding)
        if not recipes:
            return False
        fingerprint, version = finding.fingerprint, source.sha256
        known = self._known.get(fingerprint)
        if known is None or known[0] != version:
            if known is None and len(self._known) >= _TRIED_MAX:
                return False
            texts = (fitted(recipe, source.text, finding=finding) for recipe in recipes)
            known = version, any(text is not None for text in texts)
            self._known[fingerprint] = known
        return known[1]

    def _recipes(self, finding: Finding) -> Sequence[Recipe | Repair]:
        """Returns what could fit, none where recipes are not used or cannot be read."""
        if Source.RECIPE not in self._policy.sources:
            return ()
        rule = finding.tool, finding.rule
        if rule not in self._by_rule:
            self._by_rule[rule] = self._readable(finding)
        return self._by_rule[rule]

    def _readable(self, finding: Finding) -> tuple[Recipe | Repair, ...]:
        try:
            return recipes_for(finding, policy=self._policy, book=self._book)
        except StorageUnavailable:
            return recipes_for(finding, policy=self._policy, book=None)
