"""Lists of rules that detectors keep are what the rules' own examples show."""

from __future__ import annotations

import pytest

from playground.analyzers import ruff
from playground.analyzers.gate.cheats import keeping, logic
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.footprints import beyond
from playground.analyzers.gate.view import ChangeView
from playground.analyzers.profile import AnalyzerContext, Selection
from playground.config.manager import ConfigManager

ABOUT_CONDITIONS = (
    "if", "not", "and", "or", "compare", "value True", "value False", "return", "call any",
    "call all", "call bool", "else of a loop", "loop", "continue", "moved",
)  # fmt: skip
OTHER_THINGS = {
    "PLE1700": "`yield from` goes into a loop",
    "PLW0120": "an `else` of a loop that is always done",
    "SIM107": "a `return` in `finally` that hides an error",
}
"""Rules whose example reads like a condition's, but whose repair is about another thing."""
OTHER_VALUES = {
    "PIE794": "one of two values of a name goes",
    "PLR0124": "the comparison is a slip",
    "PLR1708": "an error becomes the end",
    "PLR1711": "`return None` is left out",
    "RUF034": "one of two ways goes",
    "SIM222": "what is never reached goes",
    "SIM223": "what is never reached goes",
}
"""Rules that ask for fewer words, and whose repair may drop a value."""


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ChangeView]:
    """Returns the example and the repair of each rule of the default profile that parse."""
    known = ruff.create(AnalyzerContext(tmp_path_factory.mktemp("tool")))
    chosen = ConfigManager(project=None).config.tools.rules
    wanted = Selection(tuple(chosen.select), tuple(chosen.ignore))
    rules = {rule for begin in wanted.select for rule in known.rules_like(begin)}
    cards = {rule: known.explain(rule) for rule in rules if wanted.covers(rule)}
    views = {rule: ChangeView("a.py", c.example, c.instead) for rule, c in cards.items()}
    return {rule: view for rule, view in views.items() if view.comparable}


def test_rules_about_conditions_are_those_whose_examples_decide_alike(
    examples: dict[str, ChangeView],
) -> None:
    assert len(examples) > 200
    asked = Prescription(logic.SAME_DECISIONS[0])
    alike = {rule for rule, view in examples.items() if not any(logic.decisions(view, rule=asked))}
    listed = {rule for rule in examples if rule.startswith(logic.SAME_DECISIONS)}
    assert listed <= alike
    like = {rule for rule in alike if _is_about_conditions(examples[rule])}
    assert like - listed == set(OTHER_THINGS)


def _is_about_conditions(view: ChangeView) -> bool:
    found = beyond.difference(view)
    words = {*found.lost, *found.gained} if found is not None else set[str]()
    return bool(words) and all(word.startswith(ABOUT_CONDITIONS) for word in words)


def test_simplifications_are_those_whose_examples_keep_their_values(
    examples: dict[str, ChangeView],
) -> None:
    asked = Prescription("SIM102")
    keep = {rule for rule, view in examples.items() if not any(keeping.values(view, rule=asked))}
    listed = {rule for rule in examples if rule.startswith(keeping.SIMPLIFYING)}
    lost = {rule for rule in listed if any(keeping.values(examples[rule], rule=Prescription(rule)))}
    assert lost == set()
    merging = {rule for rule in keep if Prescription(rule).merges and _differs(examples[rule])}
    assert merging - listed == set(OTHER_VALUES)


def _differs(view: ChangeView) -> bool:
    found = beyond.difference(view)
    return found is not None and bool(found.lost or found.gained)
