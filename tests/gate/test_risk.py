from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.risk import assess
from playground.analyzers.gate.view import ChangeView
from playground.domain.verdicts import RiskTier

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
    return stop(b)
'''


def tier(after: str, *, before: str = BASE) -> RiskTier:
    return assess([ChangeView("m.py", before, after)])[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a > 2:", "a > 2:  # comment", "A"),
        ("Says.", "Says more.", "A"),
        ("a: int = 1) -> int", "a: int | None = 1) -> int | None", "A"),
        ("import os\n", "import os\nimport re\n", "A"),
        ("import os\n", "", "A"),
        ("go(a)", "go(\n            a\n        )", "A"),
        (
            "into=[]):\n    try:",
            "into=None):\n    if into is None:\n        into = []\n    try:",
            "B",
        ),
        ("a > 2", "a >= 2", "B"),
        ("go(a)", "go(a, 7)", "B"),
        ("    size: int\n", "", "C"),
        ("go(a)", "gone(a)", "C"),
        ("KeyError", "ValueError", "C"),
        ("raise ValueError(a)", "raise TypeError(a)", "C"),
        ("a > 2", "a > 3", "C"),
        ("def g(b,", "def g(c,", "C"),
        ("import os\n", "import os\nX = 1\n", "C"),
        ("        if a > 2:\n            raise ValueError(a)\n", "", "D"),
        ("        return None\n    return stop(b)", "        stop(b)", "D"),
    ],
)
def test_tiers(old: str, new: str, expected: str) -> None:
    assert old in BASE
    assert tier(BASE.replace(old, new)) == RiskTier(expected)


def test_an_import_that_means_something_else_is_no_formatting() -> None:
    before = "from a import x\n\nx()\n"
    assert tier("from b import x\n\nx()\n", before=before) is RiskTier.C
    assert tier("\nx()\n", before=before) is RiskTier.C


def test_evidence_is_in_plain_words() -> None:
    _, evidence = assess([ChangeView("m.py", BASE, BASE.replace("a > 2", "a >= 2"))])
    assert "Public signatures: unchanged." in evidence
    assert "Calls: unchanged." in evidence
    assert "Exceptions caught: unchanged." in evidence
    assert "Changed: A.f; everything else is the same code." in evidence
    assert "Conditions: added a >= 2, removed a > 2." in evidence


def test_what_cannot_be_told_is_the_highest_risk() -> None:
    assert tier("def f(:\n") is RiskTier.D
    assert assess([ChangeView("a.toml", "a = 1\n", "a = 2\n")])[0] is RiskTier.D
    assert assess([ChangeView("m.py", None, "x = 1\n")])[0] is RiskTier.C
    assert assess([]) == (RiskTier.A, ())


def test_two_files_are_more_than_one() -> None:
    one = ChangeView("m.py", BASE, BASE.replace("a > 2", "a >= 2"))
    two = ChangeView("n.py", BASE, BASE.replace("a > 2", "a >= 2"))
    assert assess([one, two])[0] is RiskTier.C


@given(st.text(max_size=150), st.text(max_size=150))
def test_nothing_raises(before: str, after: str) -> None:
    assess([ChangeView("m.py", before, after)])


@given(st.text(alphabet="x=1 #\n()'", max_size=60))
def test_no_change_is_no_risk(text: str) -> None:
    view = ChangeView("m.py", text, text)
    assert assess([view])[0] is (RiskTier.A if view.comparable else RiskTier.D)
