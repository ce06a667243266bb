"""The cards of rules that we write ourselves are whole and about rules that exist."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from script_world import context_in

from playground.analyzers import eslint, typescript
from playground.analyzers.javascript import compiler_errors, lint_rules
from playground.domain.rule_cards import RuleCard

TEXTS = Path(str(files("playground.prompts"))) / "text" / "rules"
LINT = sorted(path.stem for path in (TEXTS / "eslint").glob("*.md"))
TYPES = sorted(path.stem for path in (TEXTS / "typescript").glob("*.md"))


def is_whole(card: RuleCard) -> bool:
    """Whether a card has all its parts, and a repair that is another text than the example."""
    parts = (card.name, card.summary, card.why, card.example, card.instead)
    return all(parts) and card.example != card.instead


def test_the_lint_cards_are_whole(tmp_path: Path) -> None:
    known = eslint.create(context_in(tmp_path))
    rules = [rule for rule in lint_rules() if rule.rpartition("/")[2] in LINT]
    assert sorted({rule.rpartition("/")[2] for rule in rules}) == LINT
    assert [rule for rule in rules if not is_whole(known.explain(rule))] == []


def test_the_type_cards_are_whole(tmp_path: Path) -> None:
    known = typescript.create(context_in(tmp_path))
    assert set(TYPES) <= compiler_errors().keys()
    assert [code for code in TYPES if not is_whole(known.explain(code))] == []


def test_other_rules_say_what_their_authors_say(tmp_path: Path) -> None:
    card = eslint.create(context_in(tmp_path)).explain("no-sparse-arrays")
    assert card.summary == "Disallow sparse arrays"
    assert typescript.create(context_in(tmp_path)).explain("TS1005").summary == "'{0}' expected."
