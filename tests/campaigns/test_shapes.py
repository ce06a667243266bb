from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.campaigns.families import patch_shape
from playground.campaigns.opening import groups_of
from playground.campaigns.planning import Files
from playground.domain.campaigns import Estimate, Item
from playground.domain.changes import patch_between
from playground.domain.edit_shapes import shape_of_all
from playground.domain.findings import Finding, Severity, Span, TextEdit, ToolFix
from playground.domain.tasks import Region
from playground.testing.workspace import FakeWorkspace

NAMES = st.from_regex(r"[a-z]{3,8}", fullmatch=True)


def shape(before: str, after: str) -> str:
    return patch_shape(patch_between({"a.py": before}, {"a.py": after}))


RAISE = ("    raise E(x)\n", "    raise E(x) from error\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    raise Other(text, 3)\n", "    raise Other(text, 3) from error\n"),
        ('raise E("no name")\n', 'raise E("no name") from error\n'),
    ],
)
def test_names_and_texts_that_were_there_do_not_matter(before: str, after: str) -> None:
    assert shape(before, after) == shape(*RAISE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    raise E(x)\n", "    raise E(x) from None\n"),
        ("    raise E(x)\n", "    raise E(x) from other\n"),
        ("    raise E(x)\n", "    raise E(error) from error\n"),
        ("    raise E(x)\n", "    return E(x) from error\n"),
    ],
)
def test_what_is_brought_in_matters(before: str, after: str) -> None:
    assert shape(before, after) != shape(*RAISE)


@given(old=NAMES, new=NAMES)
def test_renaming_what_was_there_keeps_the_shape(old: str, new: str) -> None:
    def edit(name: str) -> str:
        return shape_of_all([(f"def {name}(a, b=[]):\n", f"def {name}(a, b=None):\n")], around=2)

    assert edit(old) == edit(new)


def test_a_reversed_comparison_is_another_shape() -> None:
    fixed = shape("if a == None:\n", "if a is None:\n")
    assert fixed == shape("if b == None:\n", "if b is None:\n")
    assert fixed != shape("if a == None:\n", "if a is not None:\n")


def test_what_stands_beside_a_change_matters() -> None:
    assert shape("f(a, 1)\n", "f(a, 2)\n") == shape("g(b, 1)\n", "g(b, 2)\n")
    assert shape("f(a, 1)\n", "f(a, 2)\n") != shape("f[a, 1]\n", "f[a, 2]\n")
    assert shape("self.a()\n", "self.b()\n") != shape("it.a()\n", "it.b()\n")


def test_where_one_change_has_no_shape_all_have_none() -> None:
    spaces, other = ("a  b", "a b"), ("a == None", "a is None")
    assert shape_of_all([other]) != ""
    assert shape_of_all([other, spaces]) == shape_of_all([]) == ""


TREE = {
    "a.py": """\
import sys


def f(a):
    if a:
        return 1
    else:
        b = a + 1
        return b
""",
    "b.py": """\
def g(names):
    for name in names:
        if name.startswith("_"):
            return name
        else:
            print(name, len(names), sep=", ")
    return []
""",
}
FIXES = [  # path, first place, place behind the last one, and what is put in
    ("RET505", "a.py", (7, 5), (9, 17), "b = a + 1\n    return b"),
    ("RET505", "b.py", (5, 9), (6, 46), 'print(name, len(names), sep=", ")'),
    ("I002", "a.py", (1, 1), (1, 1), "import os\n"),
    ("I002", "b.py", (1, 1), (1, 1), "import os\n"),
    ("RET503", "b.py", (6, 46), (6, 46), "\n    return None"),
    ("W291", "a.py", (4, 10), (4, 10), " "),
]


def item_of(number: int) -> Item:
    rule, path, start, end, content = FIXES[number]
    fix = ToolFix("safe", "", (TextEdit(Span(*start, *end), content),))
    line = TREE[path].split("\n")[start[0] - 1]
    finding = Finding("ruff", rule, "", path, Span(*start, *end), Severity.NOTE, "", line, 0, fix)
    region = Region(path, start[0], end[0], "", "function")
    return Item(number, finding, region, "", Estimate(0, 0, 0))


def test_fixes_that_do_the_same_to_other_code_are_one_group() -> None:
    """Also where they replace several lines, or add some."""
    files = Files(Path("/r"), FakeWorkspace(TREE))
    groups = groups_of([item_of(number) for number in range(len(FIXES))], files=files)
    assert [(group.rule, group.count) for group in groups] == [
        ("I002", 2),
        ("RET505", 2),
        ("RET503", 1),
        ("W291", 1),
    ]
    assert all(group.shape for group in groups)
