"""A case is a file: honest repairs pass, dodges do not."""

from __future__ import annotations

import labelled
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate import dodges
from playground.analyzers.gate.view import ChangeView
from playground.domain.findings import Finding, Severity, Span
from playground.domain.verdicts import How

EVERY = {case.name: case for case in labelled.cases(*labelled.PYTHON_SETS)}
NAMES = sorted(EVERY)
EXPECTING = [name for name in NAMES if EVERY[name].expect]


def loaded(name: str) -> tuple[str, ChangeView]:
    case = EVERY[name]
    return case.rule, case.views[0]


def _fits_a_class(name: str) -> bool:
    case = EVERY[name]
    own_level = {"dodge:export", "dodge:dummy"}
    return case.expect not in own_level and "class " not in (case.views[0].before or "")


INSIDE = [name for name in EXPECTING if _fits_a_class(name)]


def codes(before: str, after: str, *, rule: str = "", request: bool = False) -> set[str]:
    view = ChangeView("module.py", before, after)
    return {objection.code for objection in dodges.objections(view, rule=rule, request=request)}


@pytest.mark.parametrize("name", [name for name in NAMES if not EVERY[name].open])
def test_case(name: str) -> None:
    outcome = labelled.judged(EVERY[name])
    if outcome.case.honest:
        assert outcome.objections == ()
        assert outcome.how is How.REPAIRED
    else:
        assert outcome.refused
    if outcome.case.family:
        assert outcome.how is outcome.case.how
    assert is_called_by_its_name(outcome)


@pytest.mark.parametrize("name", [name for name in NAMES if EVERY[name].open])
def test_what_is_known_to_be_judged_wrongly_still_is(name: str) -> None:
    outcome = labelled.judged(EVERY[name])
    assert outcome.refused == EVERY[name].honest
    assert is_called_by_its_name(outcome)


def is_called_by_its_name(outcome: labelled.Outcome) -> bool:
    """Whether a case has the objection that it is about, where it says which."""
    expected = outcome.case.expect
    return not expected or expected in {found.code for found in outcome.objections}


def test_there_are_enough_cases_of_both_kinds() -> None:
    families = {case.family for case in EVERY.values() if not case.honest and case.family}
    assert sum(case.honest for case in EVERY.values()) >= 190
    assert sum(not case.honest for case in EVERY.values()) >= 300
    assert len(families) >= 20


def test_no_change_is_no_dodge() -> None:
    for case in EVERY.values():
        for text in (case.views[0].before or "", case.views[0].after):
            assert dodges.objections(ChangeView("m.py", text, text), rule=case.rule) == []


@pytest.mark.parametrize("name", INSIDE)
def test_a_dodge_is_seen_inside_a_class_with_neighbours(name: str) -> None:
    rule, view = loaded(name)
    wrap = "X = 1\n\n\nclass Around:\n    def first(self):\n        return X\n\n"
    before, after = (_inside_class(wrap, text) for text in (view.before or "", view.after))
    assert codes(before, after, rule=rule)


def _inside_class(wrap: str, text: str) -> str:
    return wrap + "".join(
        f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True)
    )


def test_what_the_person_wrote_before_is_not_held_against_a_change() -> None:
    before = (
        "import os\n\n\ndef f(a: list = []):\n"
        "    try:\n        go(a)  # noqa\n    except:\n        pass\n"
    )
    after = before.replace("a: list = []", "a: list | None = None")
    after = after.replace("    try", "    if a is None:\n        a = []\n    try")
    assert codes(before, after, rule="B006") == set()


def test_a_request_may_remove_but_not_silence() -> None:
    before = "def f(a):\n    check(a)\n    if a.b:\n        raise ValueError(a)\n    return go(a)\n"
    after = "def f(a):\n    return go(a)\n"
    assert codes(before, after, request=True) == set()
    assert "dodge:deleted" in codes(before, after)
    assert "dodge:suppression" in codes(before, after + "# noqa\n", request=True)
    assert "dodge:stub" in codes(before, "def f(a):\n    ...\n", request=True)


def test_moving_a_function_is_no_deletion() -> None:
    first, second = "def f(a):\n    return go(a)\n", "def g(a):\n    return stop(a)\n"
    assert codes(first + "\n\n" + second, second + "\n\n" + first) == set()


def test_files_that_are_not_python_are_left_alone() -> None:
    assert dodges.objections(ChangeView("a.md", "# x\n", "# noqa\n")) == []


def test_a_suppression_is_seen_where_nothing_parses() -> None:
    assert codes("def f(:\n", "def f(:  # noqa\n") == {"dodge:suppression"}


def finding(rule: str, *, line: str = "", symbol: str = "f") -> Finding:
    span = Span(1, 1, 1, 2)
    return Finding("ruff", rule, "m", "module.py", span, Severity.ERROR, symbol, line)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("dodge-noqa", How.SUPPRESSED),
        ("dodge-no-type-check", How.SUPPRESSED),
        ("dodge-stub-pass", How.LAUNDERED),
        ("dodge-call-deleted", How.DELETED),
        ("dodge-cast", How.LAUNDERED),
        ("dodge-if-false", How.LAUNDERED),
        ("honest-b006-mutable-default", How.REPAIRED),
        ("honest-f401-remove-import", How.REPAIRED),
    ],
)
def test_classify(name: str, how: How) -> None:
    rule, view = loaded(name)
    assert dodges.classify(view, finding(rule)) is how


def test_classify_moved_and_unknown() -> None:
    before = "def f(a):\n    return risky(a)\n"
    after = "def f(a):\n    return helper(a)\n\n\ndef helper(a):\n    return risky(a)\n"
    view = ChangeView("m.py", before, after)
    assert dodges.classify(view, finding("S301", line="    return risky(a)")) is How.MOVED
    broken = ChangeView("m.py", before, "def f(:\n")
    assert dodges.classify(broken, finding("S301")) is How.UNKNOWN


LINES = [
    "def f(a):", "    return a", "    if a:", "        pass", "class A:", "try:", "except:",
    "    x = 1  # noqa", "async def g(*, b=1): yield b", "import os as os", "x: Any = ...",
    "with a as b: c", "lambda: 0", "#", "\\", "match x:", "    case _: 1", "f'{x!r}'", "del x",
    "_ = x", "    finally:", '"""', "'''", "(((", "]", "\t", "\x0c", "\r", "@d", "global x",
    "for _ in (): x", "while 0: y", "assert True, x", "raise", "a[1:2] += b.c(**{'k': 1})",
]  # fmt: skip
PYTHON = st.lists(st.sampled_from(LINES), max_size=12).map("\n".join)


@given(st.one_of(st.text(max_size=200), PYTHON), st.one_of(st.text(max_size=200), PYTHON))
def test_nothing_raises(before: str, after: str) -> None:
    view = ChangeView("m.py", before, after)
    dodges.objections(view, rule="F841")
    dodges.objections(ChangeView("m.py", None, after), request=True)
    dodges.classify(view, finding("F841", line=after[:30]))


def test_deep_trees_do_not_raise() -> None:
    deep = "x = " + "+".join(["a"] * 3000) + "\n"
    attributes = "x = a" + ".b" * 2500 + "\nfor i in y: pass\n"
    assert dodges.objections(ChangeView("m.py", deep, attributes)) != [None]
    dodges.objections(ChangeView("m.py", attributes, deep), rule="B018")
