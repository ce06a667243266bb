"""Tiers and sentences: what is claimed about a change, example by example."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.risk import Assessment, assessment_of
from playground.analyzers.gate.view import ChangeView, side_of
from playground.domain.findings import Finding, Severity, Span, TextEdit, ToolFix
from playground.domain.verdicts import Aspect, RiskTier

BASE = '''"""Doc."""
import os


class A:
    size: int

    def f(self, a: int = 1) -> int:
        """Says."""
        if a > 2:
            raise ValueError(a)
        return go(a)


def g(b, into=[]):
    try:
        into.append(b)
    except KeyError:
        return None
    return stop(b) - b


def h(x):
    y = x
    return x == None


@cached
def cached_one(z: int):
    return z
'''


def assessed(
    after: str, *, before: str = BASE, rule: str = "", line: int = 0, fix: ToolFix | None = None
) -> Assessment:
    span = Span(line, 1, line, 9)
    finding = Finding("ruff", rule, "message", "m.py", span, Severity.NOTE, fix=fix)
    return assessment_of([ChangeView("m.py", before, after)], finding=finding if rule else None)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a > 2:", "a > 2:  # comment", "A"),
        ("go(a)", "go(\n            a\n        )", "A"),
        ("[])", "[],)", "A"),
        ("Says.", "Says more.", "B"),
        ('        """Says."""\n', "", "B"),
        ("a: int = 1) -> int", "a: int | None = 1) -> int | None", "B"),
        ("    y = x\n", "    y: int = x\n", "B"),
        ("z: int", "z: str", "C"),
        ("size: int", "size: str", "C"),
        ("    size: int\n", "", "C"),
        ("import os\n", "import os\nimport re\n", "B"),
        ("import os\n", "import os\nimport made_up\n", "C"),
        ("import os\n", "from __future__ import annotations\nimport os\n", "C"),
        ("import os\n", "", "B"),
        ("a > 2", "a >= 2", "C"),
        ("go(a)", "go(a, 7)", "C"),
        ("go(a)", "gone(a)", "C"),
        ("KeyError", "ValueError", "C"),
        ("raise ValueError(a)", "raise TypeError(a)", "C"),
        ("stop(b) - b", "b - stop(b)", "C"),
        ("def g(b,", "def g(c,", "C"),
        ("import os\n", "import os\nX = 1\n", "C"),
        ("        if a > 2:\n            raise ValueError(a)\n", "", "C"),
        ("return go(a)", "return eval(a)", "D"),
        ("def g(b,", "def g(:", "D"),
    ],
)
def test_tiers_of_changes_that_nothing_asked_for(old: str, new: str, expected: str) -> None:
    assert BASE.count(old) == 1
    assert assessed(BASE.replace(old, new)).tier == RiskTier(expected)


@pytest.mark.parametrize(
    ("rule", "line", "old", "new", "expected"),
    [
        ("B006", 15, "into=[]):\n", "into=None):\n    if into is None:\n        into = []\n", "B"),
        ("B006", 15, "into=[]):\n", "into=None):\n    if into is None:\n        go(b)\n", "C"),
        ("E711", 25, "x == None", "x is None", "B"),
        ("E711", 25, "x == None", "x == 0 and x is None", "B"),
        ("E711", 25, "x == None", "go(x)", "C"),
        ("E711", 2, "x == None", "x is None", "C"),
        ("F841", 24, "    y = x\n", "", "B"),
        ("F841", 24, "    y = x\n", "    go(x)\n", "C"),
        ("E722", 18, "except KeyError:", "except LookupError:", "B"),
        ("E722", 18, "KeyError:\n        return None", "LookupError:\n        raise", "C"),
        ("B999", 25, "x == None", "x is None", "C"),
    ],
)  # fmt: skip
def test_what_a_rule_asks_for_is_no_surprise(
    rule: str, line: int, old: str, new: str, expected: str
) -> None:
    assert BASE.count(old) == 1
    after = BASE.replace(old, new)
    assert assessed(after, rule=rule, line=line).tier == RiskTier(expected)


def test_the_tools_own_safe_fix_is_of_least_risk() -> None:
    edit = TextEdit(Span(2, 1, 3, 1), "")
    safe, unsafe = (ToolFix(word, "Remove it", (edit,)) for word in ("safe", "unsafe"))
    after = BASE.replace("import os\n", "")
    found = assessed(after, rule="F401", line=2, fix=safe)
    assert found.tier is RiskTier.A
    assert found.evidence[0] == "Exactly ruff's own safe fix of F401."
    assert assessed(after, rule="F401", line=2, fix=unsafe).tier is RiskTier.B
    assert assessed(after + "\n\nx = 1\n", rule="F401", line=2, fix=safe).tier is RiskTier.C


def test_an_import_that_means_something_else_is_named() -> None:
    before = "from a import x\n\nx()\n"
    found = assessed("from b import x\n\nx()\n", before=before)
    assert found.tier is RiskTier.C
    assert "Removed import: a.x." in found.evidence
    assert "Added import: b.x." in found.evidence
    assert assessed("\nx()\n", before=before).tier is RiskTier.C


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("a > 2", "a >= 2", "Removed check: a > 2."),
        ("a > 2", "a >= 2", "Added check: a >= 2."),
        ("a > 2", "a >= 2", "Changed: A.f; everything else is the same code."),
        ("return None", "raise LookupError", "Raises LookupError where it returned None."),
        ("return go(a)", "return None", "Returns None where it returned go(a)."),
        ("KeyError", "(KeyError, OSError)", "Now catches: OSError."),
        ("ValueError(a)", "TypeError(a)", "Raises TypeError where it raised ValueError."),
        ("return go(a)", "return open(a)", "Added I/O call: open(a)."),
        ("return go(a)", "return os.remove(a)", "Added I/O call: os.remove(a)."),
        ("return go(a)", "self.seen = a\n        return go(a)", "Now writes: self.seen."),
        ("return go(a)", "yield go(a)", "Now waits or yields: (yield go(a))."),
        ("@cached\n", "", "Removed decorator: @cached of cached_one."),
        ("stop(b) - b", "b - stop(b)", "Returns b - stop(b) where it returned stop(b) - b."),
        ("    y = x\n", "    y = not x\n", "Statement now: y = not x."),
        ("Says.", "Says more.", "The same code: only docstrings differ."),
        ("a > 2:", "a > 2:  # c", "The same syntax tree: only comments and formatting differ."),
        ("import os\n", "import os\nX = 1\n", "Now exports: X."),
        ("def h(x)", "def h(x, w=1)", "Signature now: h: def h(x, w=1) -> ."),
    ],
)
def test_sentences(old: str, new: str, sentence: str) -> None:
    assert sentence in assessed(BASE.replace(old, new, 1)).evidence


def test_what_is_unchanged_is_listed() -> None:
    found = assessed(BASE.replace("a > 2", "a >= 2"))
    said = found.evidence[-1].removeprefix("Unchanged: ").rstrip(".").split(", ")
    for aspect in (Aspect.SIGNATURES, Aspect.EXPORTS, Aspect.RAISED, Aspect.CAUGHT, Aspect.IO):
        assert aspect.value in said
    assert Aspect.CHECKS.value not in said


def test_statements_in_another_order_are_no_formatting() -> None:
    before = "def f():\n    a()\n    b()\n\n\nx = 1\ny = 2\n"
    for after in (
        before.replace("    a()\n    b()\n", "    b()\n    a()\n"),
        before.replace("x = 1\ny = 2\n", "y = 2\nx = 1\n"),
    ):
        found = assessed(after, before=before)
        assert found.tier is RiskTier.C
        assert any(fact.aspect is Aspect.ORDER and fact.added for fact in found.facts)


def test_an_import_in_another_place_is_no_formatting() -> None:
    before = "def f():\n    import a\n    b()\n    return a\n"
    after = before.replace("    import a\n    b()\n", "    b()\n    import a\n")
    found = assessed(after, before=before)
    assert found.tier is RiskTier.C
    assert "In another order: imports." in found.evidence


def test_a_docstring_that_becomes_a_plain_string_is_noticed() -> None:
    before = '"""Doc."""\nx = 1\n'
    assert assessed('y = 1\n"""Doc."""\nx = 1\n', before=before).tier > RiskTier.B


def test_what_cannot_be_told_is_the_highest_risk() -> None:
    assert assessed("def f(:\n").tier is RiskTier.D
    many = "".join(f"def f{n}(a):\n    return a + {n}\n\n\n" for n in range(40))
    assert assessed(many.replace("a +", "a *"), before=many).tier is RiskTier.D
    unknown = assessment_of([ChangeView("a.toml", "a = 1\n", "a = 2\n")])
    assert (unknown.tier, unknown.facts) == (RiskTier.D, ())
    assert assessment_of([ChangeView("m.py", None, "x = 1\n")]).tier is RiskTier.C
    assert assessment_of([]).tier is RiskTier.A


def test_two_files_are_more_than_one() -> None:
    finding = Finding("ruff", "E711", "m", "m.py", Span(25, 1, 25, 9), Severity.NOTE)
    after = BASE.replace("x == None", "x is None")
    one, two = (ChangeView(path, BASE, after) for path in ("m.py", "n.py"))
    assert assessment_of([one], finding=finding).tier is RiskTier.B
    assert assessment_of([one, two], finding=finding).tier is RiskTier.C
    docs = [ChangeView(p, BASE, BASE.replace("Says", "Said")) for p in ("m.py", "n.py")]
    assert assessment_of(docs).tier is RiskTier.C


def test_it_costs_little_on_a_long_file() -> None:
    functions = [
        f"def f{n}(a, b):\n    if a > {n}:\n        raise ValueError(b)\n"
        f"    for c in b:\n        print(c, a)\n    return [a, {n}, *b]\n\n\n"
        for n in range(125)
    ]
    before = "".join(functions)
    after = before.replace("a > 77", "a >= 77")
    view = ChangeView("m.py", before, after)
    assert before.count("\n") == 1_000
    assert side_of(before).definitions
    assert side_of(after).definitions  # the other detectors have parsed both sides by then
    started = time.process_time()
    assessment_of([view])
    assert time.process_time() - started < 0.1


@given(st.text(max_size=150), st.text(max_size=150))
def test_nothing_raises(before: str, after: str) -> None:
    assessment_of([ChangeView("m.py", before, after)])


@given(st.text(alphabet="x=1 #\n()'", max_size=60))
def test_no_change_is_no_risk(text: str) -> None:
    view = ChangeView("m.py", text, text)
    assert assessment_of([view]).tier is (RiskTier.A if view.comparable else RiskTier.D)
