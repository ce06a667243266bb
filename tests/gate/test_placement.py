from __future__ import annotations

from dataclasses import replace

import pytest

from playground.analyzers.gate.placement import objections
from playground.domain.candidates import Candidate, Provenance
from playground.domain.changes import digest_of, patch_between
from playground.domain.findings import Finding, Severity, Span, TextEdit, ToolFix
from playground.domain.tasks import FileRef, Region, Source, Task, TaskKind

BASE = '''"""Doc."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

LIMIT = 3


def first(a):
    # explains the sum
    return a + 1  # trailing


def second(b):
    return b
'''
REGION = Region("m.py", 12, 14, "first", "function")
TASK = Task("/r", TaskKind.REPAIR, "g", (FileRef("m.py", digest_of(BASE)),), region=REGION)


def codes(
    after: str, *, task: Task = TASK, source: Source = Source.ENGINE, base: str = BASE
) -> list[str]:
    patch = patch_between({"m.py": base}, {"m.py": after})
    candidate = Candidate("0" * 12, patch, Provenance(source))
    return [
        objection.code for objection in objections(task, candidate=candidate, bases={"m.py": base})
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return a + 1", "return a + 2"),
        ("    return a + 1  # trailing\n", "    b = a\n\n    return b + 1\n"),
        ("def first(a):", "@cache\ndef first(a=None):"),
        ("import os\n", "import os\nimport re\n"),
        ("import os\n", ""),
        ("import os\n", "from a import (\n    b,\n    c,\n)\n"),
        (
            "    from decimal import Decimal\n",
            "    from decimal import Decimal\n    from a import B\n",
        ),
        ("# explains the sum", "# explains the sum well"),
        ("LIMIT = 3\n", "LIMIT = 3\n\n"),
    ],
)
def test_allowed(old: str, new: str) -> None:
    assert old in BASE
    assert codes(BASE.replace(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = 4"),
        ("LIMIT = 3\n", ""),
        ("return b\n", "return a\n"),
        ("import os\n", "import os; x = 1\n"),
        ("import os\n", "import os\nEVIL = 1\n"),
        ('"""Doc."""', '"""Other."""'),
        ("def second(b):\n    return b\n", ""),
        ("def second(b):\n", "def second(b):\n    import os\n"),
        ("if TYPE_CHECKING:\n    from decimal import Decimal\n", "if TYPE_CHECKING:\n    X = 1\n"),
        ("LIMIT = 3", "LIMIT = 3  # noqa"),
    ],
)
def test_outside(old: str, new: str) -> None:
    assert old in BASE
    assert codes(BASE.replace(old, new)) == ["outside-region"]


def test_a_comment_with_its_own_line_may_not_vanish() -> None:
    assert codes(BASE.replace("    # explains the sum\n", "")) == ["comments-lost"]


def test_a_suppression_may_vanish() -> None:
    base = BASE.replace("# explains the sum", "# noqa: ERA001")
    assert codes(base.replace("    # noqa: ERA001\n", ""), base=base) == []


def test_a_comment_may_move_and_be_indented() -> None:
    after = BASE.replace(
        "    # explains the sum\n    return a + 1",
        "    if a:\n        # explains the sum\n        return a + 1",
    )
    assert codes(after) == []


def test_a_tool_may_change_where_its_own_edits_are() -> None:
    span = Span(9, 1, 9, 10)
    fix = ToolFix("safe", "m", (TextEdit(span, "LIMIT = 4"),))
    found = Finding("ruff", "X1", "m", "m.py", span, Severity.ERROR, fix=fix)
    task = replace(TASK, finding=found)
    after = BASE.replace("LIMIT = 3", "LIMIT = 4")
    assert codes(after, task=task, source=Source.TOOL) == []
    assert codes(after, task=task, source=Source.ENGINE) == ["outside-region"]
    other = BASE.replace("return b", "return a")
    assert codes(other, task=task, source=Source.TOOL) == ["outside-region"]


def test_a_person_may_change_anything() -> None:
    assert codes(BASE.replace("LIMIT = 3", ""), source=Source.PERSON) == []


def test_without_a_region_the_whole_file_may_change() -> None:
    assert codes(BASE.replace("LIMIT = 3", "LIMIT = 4"), task=replace(TASK, region=None)) == []


def test_another_file_may_only_gain_imports() -> None:
    task = replace(TASK, region=replace(REGION, path="other.py"))
    assert codes(BASE.replace("return a + 1", "return a + 2"), task=task) == ["outside-region"]
    assert codes(BASE.replace("import os", "import os\nimport re"), task=task) == []


def test_a_new_file_has_no_outside() -> None:
    patch = patch_between({"n.py": None}, {"n.py": "x = 1\n"})
    candidate = Candidate("0" * 12, patch, Provenance(Source.ENGINE))
    assert objections(TASK, candidate=candidate, bases={}) == []
