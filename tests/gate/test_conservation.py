"""Repairs that lose what the code worked with, and queries whose parameters do not fit."""

from __future__ import annotations

import pytest

from playground.analyzers.gate.cheats.conservation import losses
from playground.analyzers.gate.cheats.placeholders import mismatches
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.repetition import copies
from playground.analyzers.gate.view import ChangeView

LOST = [
    ("reportIndexIssue", "return str(answer['ticket'])", "return str(answer)", "ticket"),
    ("reportOptionalOperand", "return max(0, a.cap - a.used)", "return max(0, a.cap or 0)", "used"),
    ("PLE1205", "log.debug('skip %s', l, len(rows))", "log.debug('skip %s', l)", "rows"),
    ("S608", "run(f\"x like '%{t}%'\")", "run('x like ?', (t,))", "%"),
    ("reportArgumentType", "f(row.get('n'))", "f('')", "n"),
    ("reportOperatorIssue", "return days * 86_400 + x", "return days + x", "86400"),
    ("reportCallIssue", "send(item, url)", "send(item)", "url"),
]
KEPT = [
    ("reportIndexIssue", "return moves[0]", "return next(iter(moves))"),
    ("reportReturnType", "return kinds.get(name)", "return kinds[name]"),
    ("reportOptionalMemberAccess", "return m(t).group(1)", "x = m(t)\n    return x[1] if x else t"),
    ("S608", "run(f\"x like '%{t}%'\")", "run('x like ?', (f'%{t}%',))"),
    ("B023", "return lambda: x", "return lambda x=x: x"),
    ("reportArgumentType", "f(row.get('n'))", "f(row.get('n') or '')"),
    ("reportOperatorIssue", "return a - costs.get(k)", "return a - costs.get(k, 0)"),
    # these rules ask for removing what is there
    ("F841", "x = compute(y)", "pass"),
    ("SIM118", "return k in d.keys()", "return k in d"),
]
NAMED = [
    (
        "reportAttributeAccessIssue",
        "return maker.mail",
        "return maker.email",
        'Cannot access attribute "mail" for class "Maker"',
    ),
    ("F821", "raise UsageEror(x)", "raise UsageError(x)", "Undefined name `UsageEror`"),
    ("DTZ003", "return d.utcnow()", "return d.now(UTC)", "`datetime.utcnow()` used"),
]


def _view(before: str, after: str) -> ChangeView:
    head = "def f(a, b):\n    keep(a)\n    "
    return ChangeView("x.py", head + before + "\n", head + after + "\n")


@pytest.mark.parametrize(("rule", "before", "after", "what"), LOST)
def test_what_the_changed_lines_read_may_not_vanish(
    rule: str, before: str, after: str, what: str
) -> None:
    found = list(losses(_view(before, after), rule=Prescription(rule)))
    assert [o.code for o in found] == ["dodge:lost"]
    assert what in found[0].message


@pytest.mark.parametrize(("rule", "before", "after"), KEPT)
def test_guards_conversions_and_moves_lose_nothing(rule: str, before: str, after: str) -> None:
    assert not list(losses(_view(before, after), rule=Prescription(rule)))


@pytest.mark.parametrize(("rule", "before", "after", "message"), NAMED)
def test_what_the_finding_itself_names_may_be_replaced(
    rule: str, before: str, after: str, message: str
) -> None:
    view = _view(before, after)
    assert not list(losses(view, rule=Prescription(rule), message=message))
    assert list(losses(view, rule=Prescription(rule)))


QUERY = "    q = 'select 1'\n    if c:\n        q = {one}\n    return db.execute(q{two})\n"


@pytest.mark.parametrize(
    ("one", "two", "wrong"),
    [
        ("'select 1 where c = ?'", ", (c,)", True),  # the first text has no question mark
        ("'select 1 where c = ?'", "", True),
        ("'select 1 where 2'", "", False),
        ("f'select {c}'", ", (c,)", False),  # not only texts: nothing can be told
        ("'select 1 where c = ?'", ", given", False),
        ("'select 1 where c = ?'", ", (*given,)", False),
    ],
)
def test_parameters_must_fit_every_query_that_may_arrive(one: str, two: str, wrong: bool) -> None:
    before = "def f(db, c, given):\n" + QUERY.format(one="f'x {c}'", two="")
    after = "def f(db, c, given):\n" + QUERY.format(one=one, two=two)
    found = list(mismatches(ChangeView("x.py", before, after), rule=Prescription("S608")))
    assert bool(found) is wrong


def test_a_query_that_never_fitted_is_not_held_against_the_change() -> None:
    before = "def f(db, c):\n    db.execute('a ?')\n    return db.execute(f'b {c}')\n"
    after = "def f(db, c):\n    db.execute('a ?')\n    return db.execute('b ?', (c,))\n"
    assert not list(mismatches(ChangeView("x.py", before, after), rule=Prescription("S608")))


BLOCK = "    if a:\n        b = 1\n"


def test_a_block_may_not_be_written_a_second_time() -> None:
    before = f"def f(a):\n{BLOCK}    return b\n"
    twice = f"def f(a):\n{BLOCK}    b = None\n{BLOCK}    return b\n"
    first = f"def f(a):\n    b = None\n{BLOCK}    return b\n"
    assert [o.code for o in copies(ChangeView("x.py", before, twice))] == ["dodge:repeated"]
    assert not list(copies(ChangeView("x.py", before, first)))
    assert not list(copies(ChangeView("x.py", twice, before)))
