"""What `with` closes is not worked with behind it, and simplifications keep their decisions."""

from __future__ import annotations

import pytest

from playground.analyzers.gate import dodges
from playground.analyzers.gate.view import ChangeView

BEFORE = "import csv\n\n\ndef f(p):\n    s = open(p)\n    r = csv.reader(s)\n    return list(r)\n"
HEAD = "import csv\n\n\ndef f(p):\n    with open(p) as s:\n"


def messages(before: str, after: str, rule: str) -> list[str]:
    found = dodges.objections(ChangeView("m.py", before, after), rule=rule)
    return [objection.message for objection in found]


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ("        r = csv.reader(s)\n        return list(r)\n", False),
        ("        r = csv.reader(s)\n    return list(r)\n", True),
        ("        t = s\n    r = csv.reader(t)\n    return list(r)\n", True),
        ("        r = csv.reader(s)\n        r = list(r)\n    s = r\n    return list(s)\n", False),
    ],
)
def test_nothing_reads_from_what_is_closed(body: str, refused: bool) -> None:
    found = messages(BEFORE, HEAD + body, "SIM115")
    assert any("behind the `with`" in message for message in found) == refused


def test_a_skipped_turn_of_a_loop_is_a_turn_that_does_nothing() -> None:
    loop = "def f(a):\n    for x in a:\n        "
    before = loop + "if x:\n            if x.b:\n                g(x)\n"
    after = loop + "if not x or not x.b:\n            continue\n        g(x)\n"
    assert messages(before, after, "SIM102") == []
    assert messages(before + "        h(x)\n", after + "        h(x)\n", "SIM102") != []


def test_a_choice_that_is_named_and_returned_may_be_returned_at_once() -> None:
    before = "def f(a):\n    if a:\n        x = 1\n    else:\n        x = 2\n    return x\n"
    assert messages(before, "def f(a):\n    return 1 if a else 2\n", "SIM108") == []
    assert messages(before, "def f(a):\n    return 2 if a else 1\n", "SIM108") != []
