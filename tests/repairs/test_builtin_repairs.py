"""Built-in recipes: what they change, what they leave, and that nothing else moves."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repair_cases import Case, cases

from playground.domain.findings import Span
from playground.domain.repairs import BUILT_IN, REPAIRS, repaired, repairs_for
from playground.domain.repairs.source import comments_in

CASES = cases()
NAMED = {case.name: case for case in CASES}
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "recipes.md"
RENAMING = frozenset({"B007", "B020", "E741", "PLR1704", "reportSelfClsParameterName"})


def result_of(case: Case, text: str) -> str | None:
    (repair,) = repairs_for(tool=case.finding.tool, rule=case.finding.rule)
    return repaired(repair, text, finding=case.finding)


@pytest.mark.parametrize("name", NAMED)
def test_a_case(name: str) -> None:
    case = NAMED[name]
    assert result_of(case, case.before) == case.after


def test_every_recipe_has_a_case_that_fits_and_one_that_does_not() -> None:
    fits = Counter((c.finding.rule, c.after is not None) for c in CASES)
    wanted = {(repair.rule, fit) for repair in REPAIRS for fit in (True, False)}
    assert wanted - set(fits) == set()


def test_names_are_unique_and_say_where_they_are_from() -> None:
    names = [repair.name for repair in REPAIRS]
    assert len(set(names)) == len(names)
    assert all(name.startswith(BUILT_IN) for name in names)
    assert all(repair.says.endswith(".") for repair in REPAIRS)


def test_the_guide_says_what_each_of_them_does() -> None:
    row = re.compile(r"^\| (ruff|pyright) \| (\S+) \| (.+) \|$", re.MULTILINE)
    rows = row.findall(GUIDE.read_text("utf-8"))
    assert rows == [(repair.tool, repair.rule, repair.says) for repair in REPAIRS]


@pytest.mark.parametrize("name", [c.name for c in CASES if c.after is not None])
def test_line_ends_stay_as_they_are(name: str) -> None:
    case = NAMED[name]
    crlf = result_of(case, case.before.replace("\n", "\r\n"))
    assert crlf == (case.after or "").replace("\n", "\r\n")


@pytest.mark.parametrize("name", [c.name for c in CASES if c.after and c.finding.rule in RENAMING])
def test_a_renaming_gives_the_same_code_with_one_other_name(name: str) -> None:
    case = NAMED[name]
    before, after = _identifiers(case.before), _identifiers(case.after or "")
    changed = {(old, new) for old, new in zip(before, after, strict=True) if old != new}
    assert len(before) == len(after)
    assert len(changed) == 1
    assert not {new for _, new in changed} & set(before)


def _identifiers(text: str) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        told = [type(node).__name__]
        told += [v for f in node._fields if isinstance(v := getattr(node, f, None), str)]
        found += told
    return found


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_wherever_a_finding_points_what_comes_out_is_code_with_its_comments(
    data: st.DataObject,
) -> None:
    case = data.draw(st.sampled_from(CASES))
    repair = data.draw(st.sampled_from(REPAIRS))
    lines = case.before.split("\n")
    line = data.draw(st.integers(1, len(lines)))
    column = data.draw(st.integers(1, len(lines[line - 1]) + 1))
    end = data.draw(st.integers(column, len(lines[line - 1]) + 1))
    own = case.finding.span
    span = data.draw(st.sampled_from([own, Span(line, column, line, end)]))
    finding = replace(case.finding, tool=repair.tool, rule=repair.rule, span=span)
    result = repaired(repair, case.before, finding=finding)
    if result is not None:
        ast.parse(result)
        assert result != case.before
        assert repair.drops_comments or comments_in(result) == comments_in(case.before)


def test_a_file_that_does_not_parse_is_left() -> None:
    case = next(c for c in CASES if c.finding.rule == "E722")
    assert result_of(case, "def (") is None
    assert result_of(case, "x = 1\rexcept:\n") is None
