"""Every rule of the default profile has a card, and what the card shows is a repair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from analysis_world import PROFILE, candidate_of, put, repair_of
from rule_cards import Rule, Tried, analyzers, counted, default_rules, lint_selection, written

from playground.analyzers import eslint, typescript
from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.profile import AnalyzerContext
from playground.app import open_app
from playground.domain.findings import Finding
from playground.domain.ports import RuleCard
from playground.domain.verdicts import CheckStatus, Conclusion
from playground.security.workspace import LocalWorkspace

CHARS_MAX = 700  # of code in a card; prompts leave out longer examples

MANIFEST = """\
[project]
name = "examples"
version = "1"
requires-python = ">=3.14"
dependencies = ["defusedxml", "django", "httpx", "mako", "paramiko"]
"""

GIVEN = "def total() -> int: ...\n"

SCRIPTS = frozenset({"eslint", "typescript"})

ANALYZED = frozenset({"target-remains", "target-unknown", "added"})
"""Objections that rest on findings, which the examples are asked about all at once."""

UNSEEN = {
    "@typescript-eslint/ban-ts-comment": "the gate blanks such comments before anything reads them",
    "E902": "a file that ruff cannot read is a missing answer and no finding",
    "F621": "its example would need 256 names",
    "PLE0116": "is an error only before Python 3.8",
    "PLW0406": "needs a module that is imported by its own full name",
    "S601": "is reported for a function of the module that paramiko does not have",
    "reportMissingModuleSource": "is switched off, since nobody's installed packages are read",
    "reportPrivateImportUsage": "needs an installed library",
    "text-nesting": "its example would need 200 brackets",
}
"""Rules of which no short example brings the finding about."""

REFUSED = {
    "PLE0100": "the constructor no longer yields",
    "PLE0302": "a parameter goes away",
    "PLE0643": "only a constant changes",
    "PLE1142": "a function becomes async",
    "PLW0211": "a decorator goes away",
    "RUF033": "a default goes away",
    "S102": "a call is replaced by a statement",
    "S304": "calls are replaced by others",
    "S312": "calls are replaced by others",
    "S315": "calls are replaced by others",
    "S321": "calls are replaced by others",
    "reportNoOverloadImplementation": "a function of the name loses the decorator",
    "reportRedeclaration": "a public name goes away",
}
"""Rules whose honest repair is what the gate leaves to a person, with what it refuses there."""


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[Rule, RuleCard]:
    folder = tmp_path_factory.mktemp("tools")
    known = analyzers(folder)
    return {(tool, rule): known[tool].explain(rule) for tool, rule in default_rules(folder)}


def test_every_rule_has_a_card_that_fits_into_a_prompt(cards: dict[Rule, RuleCard]) -> None:
    assert len(cards) > 500
    poor = [
        card.rule
        for card in cards.values()
        if not all((card.summary, card.why, card.example, card.instead))
        or card.example == card.instead
        or len(card.example) + len(card.instead) > CHARS_MAX
    ]
    assert poor == []


@dataclass(frozen=True)
class Seen:
    """What one look of all analyzers at all examples found."""

    root: Path
    tried: list[Tried]
    findings: tuple[Finding, ...]


@pytest.fixture(scope="module")
def seen(cards: dict[Rule, RuleCard], tmp_path_factory: pytest.TempPathFactory) -> Seen:
    root = put(tmp_path_factory.mktemp("examples"), {"pyproject.toml": MANIFEST})
    tried = written(cards, root=root)
    with open_app(project=root) as app:
        survey = app.gate.survey(root, paths=())
    assert [check.detail for check in survey.checks if check.status is not CheckStatus.OK] == []
    return Seen(root, tried, survey.findings)


@pytest.mark.slow
@pytest.mark.xdist_group("rule cards")
def test_the_example_has_the_finding_and_the_repair_neither_it_nor_a_new_one(seen: Seen) -> None:
    counts = counted(seen.findings)
    wrong = {card.rule: card.complaint(counts) for card in seen.tried}
    unseen = {rule for rule, complaint in wrong.items() if complaint and rule in UNSEEN}
    assert unseen == set(UNSEEN), "a rule can be seen now: take it off the list"
    is_secret = {card.rule: card.tool == "secrets" for card in seen.tried}  # no card may hold one
    assert [wrong[r] for r in wrong if wrong[r] and r not in UNSEEN and not is_secret[r]] == []


@pytest.mark.slow
@pytest.mark.xdist_group("rule cards")
def test_the_gate_takes_the_repair_for_honest(seen: Seen, tmp_path: Path) -> None:
    refused: dict[str, list[str]] = {}
    gate = StaticGate([], profile=PROFILE, workspace=LocalWorkspace(), scratch=tmp_path / "scratch")
    for card in (card for card in seen.tried if card.tool in {"ruff", "pyright"}):
        found = next((f for f in seen.findings if card.brought(f)), None)
        if found is not None:
            root = put(tmp_path / card.rule, {"pyproject.toml": MANIFEST, "given.py": GIVEN})
            before, after = ((seen.root / p).read_text("utf-8") for p in (card.before, card.after))
            task = repair_of(put(root, {"a.py": before}), replace(found, path="a.py"))
            candidate = candidate_of(root, {"a.py": after})
            verdict = gate.judge(replace(task, region=None), candidate=candidate)
            said = [o.message for o in verdict.objections if o.code not in ANALYZED]
            refused |= {card.rule: said} if said else {}
    gate.close()
    assert {rule: said for rule, said in refused.items() if rule not in REFUSED} == {}
    assert set(refused) == set(REFUSED), "the gate takes a repair now: take the rule off the list"


@pytest.mark.slow
def test_the_gate_passes_the_repair_of_a_script(
    cards: dict[Rule, RuleCard], tmp_path: Path
) -> None:
    chosen = {rule: card for rule, card in cards.items() if rule[0] in SCRIPTS}
    root = put(tmp_path / "scripts", {"pyproject.toml": MANIFEST})
    tried = written(chosen, root=root)
    context = AnalyzerContext(tmp_path / "scratch" / "tools", timeout_s=120.0)
    gate = StaticGate(
        [eslint.create(context), typescript.create(context)],
        profile=replace(PROFILE, eslint=lint_selection()),
        workspace=LocalWorkspace(),
        scratch=tmp_path / "scratch",
    )
    refused: dict[str, list[str]] = {}
    try:
        findings = gate.survey(root, paths=()).findings
        for card in (card for card in tried if card.rule not in UNSEEN):
            found = next(f for f in findings if card.brought(f))
            candidate = candidate_of(root, {card.before: (root / card.after).read_text("utf-8")})
            task = replace(repair_of(root, found), region=None)
            verdict = gate.judge(task, candidate=candidate)
            if verdict.conclusion is not Conclusion.PASSED:
                refused[card.rule] = [objection.message for objection in verdict.objections]
    finally:
        gate.close()
    assert len(tried) > 150
    assert refused == {}
