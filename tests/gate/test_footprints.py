"""Repairs are known by what they consist of; what goes beyond is refused."""

from __future__ import annotations

import ast
from collections import Counter

import labelled
import pytest

from playground.analyzers.gate import dodges
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.footprints import beyond
from playground.analyzers.gate.footprints.asked import AGAIN, RETYPED, asked_by, footprints
from playground.analyzers.gate.footprints.atoms import Atoms
from playground.analyzers.gate.view import ChangeView
from playground.domain.findings import Finding, Severity, Span

KINDS = frozenset(
    {"call", "expect", "argument", "text", "empty", "value", "attribute", "item", "write", "delete",
     "name", "operator", "not", "and", "or", "compare", "return", "raise", "cause", "if", "loop",
     "else", "try", "catch", "finally", "with", "await", "yield", "define", "parameter",
     "decorator", "base", "async", "global", "slice", "star", "break", "continue", "match",
     "unpack", "moved", "order", "*", AGAIN, RETYPED}
)  # fmt: skip
EVERY = labelled.cases(*labelled.PYTHON_SETS)


def words(code: str) -> Counter[str]:
    atoms = Atoms()
    atoms.of_block(ast.parse(code).body)
    return Counter(atoms.words)


def said(before: str, after: str, *, rule: str) -> str:
    view = ChangeView("m.py", before, after)
    found = list(beyond.steps(view, rule=Prescription(rule)))
    return found[0].message if found else ""


def test_every_word_of_the_table_is_one_that_code_can_give() -> None:
    for row in footprints():
        for chosen in (row.lose, row.gain, row.need, row.known):
            for word in (*chosen.single, *chosen.begins, *chosen.but, *chosen.but_begins):
                assert not word or word.split(" ", 1)[0] in KINDS, word


def test_no_rule_has_two_footprints_and_what_is_needed_may_come() -> None:
    ids = Counter(begin for row in footprints() for begin in row.ids)
    assert [begin for begin, count in ids.items() if count > 1] == []
    for row in footprints():
        assert [word for word in row.needed if word not in row.gain] == []


def test_the_longest_beginning_counts() -> None:
    one, other = asked_by("S506"), asked_by("S507")
    assert one is not None
    assert other is not None
    assert one.ids == ("S506",)
    assert other.ids == ("S",)
    assert asked_by("X123") is None


def test_most_dodges_are_refused_without_knowing_any() -> None:
    dodges = [case for case in EVERY if not case.honest]
    refused = sum(any(_steps(case)) for case in dodges)
    assert refused / len(dodges) > 0.7


def test_no_honest_repair_goes_beyond_its_rule() -> None:
    assert [case.name for case in EVERY if case.honest and any(_steps(case))] == []


def _steps(case: labelled.Labelled) -> list[object]:
    return [*beyond.steps(case.views[0], rule=Prescription(case.rule))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("if a > 3:\n    x = f(a)\nelse:\n    x = g()\n", "x = f(a) if a > 3 else g()\n"),
        ("out = list(f(x) for x in y if x.a)\n", "out = list((f(z) for z in y if z.a))\n"),
        ("x = x + f(1)\n", "x += f(1)\n"),
        ("if not a >= 3: f()\n", "if not (3 <= a): f()\n"),
        ('def f():\n    """Says."""\n    return g()\n', "def f() -> int:\n    return g()\n"),
    ],
)
def test_other_ways_to_write_the_same_have_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a >= 3", "a > 3"),
        ("f(x, y=1)", "f(x, 1)"),
        ("await f()", "f()"),
        ("try:\n    f()\nexcept A:\n    g()", "try:\n    f()\nexcept B:\n    g()"),
        ("a, b = f()", "a = f()"),
        ("x['a'] = 1", "x.a = 1"),
    ],
)
def test_what_does_something_else_has_other_words(one: str, other: str) -> None:
    assert words(one) != words(other)


DRAIN = "def f(a):\n    try:\n        return g(a)\n    except A:\n        raise B('no')\n"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("raise B('no')", "raise B('no') from None"), ""),
        (("raise B('no')", "raise C('no') from None"), "takes away `raise B`"),
        (("raise B('no')", "raise B('yes') from None"), "takes away `text no`"),
        (("raise B('no')", "h()\n        raise B('no') from None"), "brings `call h`"),
        (("return g(a)", "return g(a).x"), "brings `attribute x`"),
        (("B('no')", "B(  'no')"), "nothing of what repairs B904"),
    ],
)
def test_a_cause_is_all_that_b904_asks_for(change: tuple[str, str], reason: str) -> None:
    message = said(DRAIN, DRAIN.replace(*change), rule="B904")
    assert reason in message
    assert bool(message) == bool(reason)


def test_what_is_moved_into_a_loop_or_done_in_another_order_is_seen() -> None:
    before = "def f(a):\n    for x in a:\n        g(x)\n    h()\n"
    assert "moved loop: call h" in said(
        before, before.replace("    h()", "        h()"), rule="E741"
    )
    before = "def f(a):\n    g(a)\n    h(a)\n"
    assert "order" in said(before, "def f(a):\n    h(a)\n    g(a)\n", rule="E741")
    before = "def f(a, b):\n    with a:\n        with b:\n            g()\n"
    assert "order with" in said(
        before, "def f(a, b):\n    with b, a:\n        g()\n", rule="SIM117"
    )


NAMES = "def f(lines, s):\n    for l in lines:\n        if l:\n            s += l\n    return s\n"


@pytest.mark.parametrize(
    ("after", "refused"),
    [
        (NAMES.replace("l:", "line:").replace("for l ", "for line ").replace("+= l", "+= line"), 0),
        (NAMES.replace("for l ", "for line ").replace("if l", "if line"), 1),
        (NAMES.replace("for l ", "for s ").replace("if l", "if s").replace("+= l", "+= s"), 1),
    ],
)
def test_a_new_name_is_new_and_read_everywhere(after: str, refused: int) -> None:
    assert bool(said(NAMES, after, rule="E741")) == bool(refused)


def test_a_name_of_one_way_is_not_followed_into_the_other() -> None:
    before = (
        "def f(k, n):\n    if n:\n        for k in n:\n            g(k)\n    else:\n        g(k)\n"
    )
    after = before.replace("for k in n:\n            g(k)", "for i in n:\n            g(i)")
    assert said(before, after, rule="PLR1704") == ""


def test_what_is_nested_too_deeply_is_left_to_others() -> None:
    deep = "x = a" + ".b" * 2500 + "\n"
    assert said(deep, deep.replace("x = a", "x = c"), rule="B904") == ""


def test_a_zero_of_another_kind_has_to_be_made_elsewhere_in_the_file() -> None:
    before = (
        "def f(p, n):\n    s = Decimal(0)\n    for x in n:\n        s += p.get(x)\n    return s\n"
    )
    after = before.replace("p.get(x)", "p.get(x, Decimal(0))")
    assert said(before, after, rule="reportOperatorIssue") == ""
    unknown = before.replace("Decimal(0)", "0"), after.replace("= Decimal(0)", "= 0")
    assert "speaks of Decimal(0)" in said(*unknown, rule="reportOperatorIssue")
    other = after.replace("x, Decimal(0)", "x, Decimal(7 - 7)")
    assert said(before, other, rule="reportOperatorIssue") != ""


def test_a_function_with_a_very_long_sum_is_judged_by_what_changes_beside_it() -> None:
    total = " + ".join(f"'{number}'" for number in range(800))
    before = f"def f(a):\n    if a:\n        g({total})\n    return a == None\n"
    right = ChangeView("m.py", before, before.replace("== None", "is None"))
    wrong = ChangeView("m.py", before, before.replace("== None", "is False"))
    finding = Finding("ruff", "E711", "m", "m.py", Span(4, 12, 4, 20), Severity.ERROR, "f", "")
    assert dodges.objections(right, rule="E711") == []
    assert dodges.losses(right, finding) == []
    assert dodges.objections(wrong, rule="E711") != []
