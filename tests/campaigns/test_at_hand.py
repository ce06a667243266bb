"""Which findings have a repair that costs no tokens, and the order that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from playground.campaigns.at_hand import AtHand
from playground.campaigns.planning import plan
from playground.domain.changes import SourceFile
from playground.domain.errors import StorageUnavailable
from playground.domain.findings import Finding, Severity, Span, TextEdit, ToolFix
from playground.domain.ports import Survey
from playground.domain.recipes import Recipe
from playground.domain.tasks import Policy, Source
from playground.testing.workspace import FakeWorkspace

FITS = "def f(x):\n    try:\n        return int(x)\n    except:\n        return None\n"
UNFIT = "def f(x):\n    return int(x)\n"
FIX = ToolFix("safe", "", (TextEdit(Span(1, 1, 1, 2), "d"),))


def bare_except(path: str = "a.py") -> Finding:
    place = Span(4, 5, 4, 12)
    return Finding("ruff", "E722", "Do not use bare `except`", path, place, Severity.WARNING)


class Unreadable:
    """A book of recipes that cannot be opened."""

    def active(self, *, tool: str, rule: str) -> Sequence[Recipe]:
        raise StorageUnavailable(f"No recipe of {tool} for {rule} can be read.")


def has(finding: Finding, text: str = FITS, *, policy: Policy | None = None) -> bool:
    return AtHand(policy or Policy()).has(finding, source=SourceFile(finding.path, text))


def test_a_fix_of_the_analyzer_or_a_recipe_that_fits_is_at_hand() -> None:
    assert has(replace(bare_except(), rule="X1", fix=FIX))
    assert has(bare_except())
    assert not has(bare_except(), UNFIT)
    assert not has(replace(bare_except(), rule="X1"))
    assert not has(bare_except("a.js"))


def test_what_the_policy_leaves_out_is_not_at_hand() -> None:
    assert not has(bare_except(), policy=Policy(built_in_recipes=False))
    assert not has(bare_except(), policy=Policy(sources=(Source.TOOL, Source.ENGINE)))
    only = Policy(sources=(Source.ENGINE,))
    assert not has(replace(bare_except(), fix=FIX), policy=only)


def test_recipes_that_cannot_be_read_leave_the_built_in_ones() -> None:
    at_hand = AtHand(Policy(), book=Unreadable())
    assert at_hand.has(bare_except(), source=SourceFile("a.py", FITS))


def test_another_version_of_the_file_is_looked_at_anew() -> None:
    at_hand = AtHand(Policy())
    assert at_hand.has(bare_except(), source=SourceFile("a.py", FITS))
    assert not at_hand.has(bare_except(), source=SourceFile("a.py", UNFIT))


_TEXTS = {f"{name}.py": text for name, text in zip("abcd", (FITS, UNFIT) * 2, strict=True)}


@st.composite
def _found(draw: st.DrawFn) -> list[Finding]:
    def one(path: str, severity: Severity, *, fixed: bool) -> Finding:
        finding = replace(bare_except(path), severity=severity)
        return replace(finding, fix=FIX if fixed else None)

    kinds = {path: (draw(st.sampled_from(Severity)), draw(st.booleans())) for path in _TEXTS}
    found = [one(path, severity, fixed=fixed) for path, (severity, fixed) in kinds.items()]
    return draw(st.permutations(found))


@settings(max_examples=8)
@given(_found())
def test_what_is_at_hand_comes_first_and_each_part_is_in_the_order_of_old(
    found: list[Finding],
) -> None:
    workspace = FakeWorkspace(_TEXTS)
    survey = Survey("/repo", tuple(found), (), (), 4)
    without = [task.finding for task in plan(survey, workspace=workspace).tasks]
    made = plan(survey, workspace=workspace, at_hand=AtHand(Policy()))
    cheap = [f for f in without if f is not None and f.fingerprint in made.at_hand]
    assert [task.finding for task in made.tasks] == [
        *cheap,
        *(f for f in without if f not in cheap),
    ]
    assert len(made.at_hand) == sum(has(f, _TEXTS[f.path]) for f in found)
