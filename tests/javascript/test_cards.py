"""The cards of rules that we write ourselves are whole and about rules that exist."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from script_world import context_in

from playground.analyzers import eslint, typescript
from playground.analyzers.javascript import compiler_errors, lint_rules

TEXTS = Path(str(files("playground.prompts"))) / "text" / "rules"
LINT = sorted(path.stem for path in (TEXTS / "eslint").glob("*.md"))
TYPES = sorted(path.stem for path in (TEXTS / "typescript").glob("*.md"))


@pytest.mark.parametrize("name", LINT)
def test_a_lint_card_is_whole(name: str, tmp_path: Path) -> None:
    rules = [rule for rule in lint_rules() if rule.rpartition("/")[2] == name]
    assert rules
    for rule in rules:
        card = eslint.create(context_in(tmp_path)).explain(rule)
        assert all((card.name, card.summary, card.why, card.example, card.instead))
        assert card.example != card.instead


@pytest.mark.parametrize("code", TYPES)
def test_a_type_card_is_whole(code: str, tmp_path: Path) -> None:
    assert code in compiler_errors()
    card = typescript.create(context_in(tmp_path)).explain(code)
    assert all((card.name, card.summary, card.why, card.example, card.instead))
    assert card.example != card.instead


def test_other_rules_say_what_their_authors_say(tmp_path: Path) -> None:
    card = eslint.create(context_in(tmp_path)).explain("no-sparse-arrays")
    assert card.summary == "Disallow sparse arrays"
    assert typescript.create(context_in(tmp_path)).explain("TS1005").summary == "'{0}' expected."
