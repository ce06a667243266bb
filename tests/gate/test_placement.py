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


FIRST = "    return a + 1  # trailing\n"


def beside_first(more: str) -> list[str]:
    """Returns the base with more code below and above the function that may change."""
    below = BASE.replace(FIRST, f"{FIRST}\n\n{more}")
    return [below, BASE.replace("def first", f"{more}\n\ndef first")]


@pytest.mark.parametrize(
    "more",
    [
        "def helper():\n    return 1\n", "STEP = 1\n", "STEP: int = 1\n", "A, B = 1, 2\n",
        "import re\n", "from a import helper\n", "class Made:\n    pass\n", "STEP = object()\n",
        "if TYPE_CHECKING:\n    from a import B\n", '"""Says."""\n', "import posix as os\n",
    ],
)  # fmt: skip
def test_what_a_repair_may_bring_along(more: str) -> None:
    for after in beside_first(more):
        assert codes(after) == []


@pytest.mark.parametrize(
    "more",
    [
        "os.remove('x')\n", "LIMIT = 4\n", "os.sep = 'x'\n", "first.a = 1\n", "del second\n",
        "LIMIT += 1\n", "def second(b):\n    return 1\n", "for i in (1,):\n    pass\n",
        "from a import LIMIT\n", "assert LIMIT\n", "with open('x', 'w'):\n    pass\n",
        "if LIMIT:\n    import re\n", "STEP = LIMIT = 4\n", "[LIMIT] = [4]\n", "second = first\n",
    ],
)  # fmt: skip
def test_what_acts_beside_a_function_is_refused(more: str) -> None:
    for after in beside_first(more):
        assert set(codes(after)) == {"outside-region"}


def test_builtins_that_are_used_are_not_replaced() -> None:
    base = BASE.replace("return b\n", "return len(b)\n")
    task = replace(TASK, files=(FileRef("m.py", digest_of(base)),))
    for line in ("from a import len", "import a as len"):
        after = base.replace("import os\n", f"import os\n{line}\n")
        assert codes(after, base=base, task=task) == ["outside-region"]
    assert codes(base.replace("import os\n", "from a import sum\n"), base=base, task=task) == []
    after = base.replace(FIRST, f"{FIRST}\n\nlen = print\n")
    assert codes(after, base=base, task=task) == ["outside-region"]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("    def n(self):\n        return 2\n", []),
        ("    y = 1\n", []),
        ("    x = 2\n", ["outside-region"]),
        ("    print()\n", ["outside-region"]),
        ("print()\n", ["outside-region"]),
    ],
)
def test_methods_are_surrounded_by_their_class(more: str, found: list[str]) -> None:
    base = "class A:\n    x = 1\n\n    def m(self):\n        return 1\n"
    region = Region("m.py", 4, 5, "A.m", "function")
    task = Task("/r", TaskKind.REPAIR, "g", (FileRef("m.py", digest_of(base)),), region=region)
    assert codes(f"{base}\n{more}", base=base, task=task) == found


def test_a_docstring_may_not_vanish() -> None:
    base = BASE.replace("def first(a):\n", 'def first(a):\n    """Adds."""\n')
    region = replace(REGION, end_line=15)
    task = replace(TASK, files=(FileRef("m.py", digest_of(base)),), region=region)
    without = base.replace('    """Adds."""\n', "")
    assert codes(without, base=base, task=task) == ["comments-lost"]
    assert codes(base.replace("Adds.", "Adds one."), base=base, task=task) == []
    finding = Finding("ruff", "D418", "m", "m.py", Span(12, 1, 12, 5), Severity.NOTE)
    assert codes(without, base=base, task=replace(task, finding=finding)) == []


def test_a_comment_with_its_own_line_may_not_vanish() -> None:
    assert codes(BASE.replace("    # explains the sum\n", "")) == ["comments-lost"]


@pytest.mark.parametrize(
    ("rule", "lost", "found"),
    [
        ("@typescript-eslint/triple-slash-reference", '/// <reference path="b.ts" />', []),
        ("@typescript-eslint/triple-slash-reference", "// explains a", ["comments-lost"]),
        ("no-unused-vars", '/// <reference path="b.ts" />', ["comments-lost"]),
    ],
)
def test_a_reference_goes_where_the_rule_is_about_it(
    rule: str, lost: str, found: list[str]
) -> None:
    base = '/// <reference path="b.ts" />\n// explains a\nexport const a = 1;\n'
    finding = Finding("eslint", rule, "m", "m.ts", Span(1, 1, 1, 5), Severity.NOTE)
    task = Task("/r", TaskKind.REPAIR, "g", (), finding=finding)
    patch = patch_between({"m.ts": base}, {"m.ts": base.replace(f"{lost}\n", "")})
    candidate = Candidate("c", patch, Provenance(Source.ENGINE))
    said = objections(task, candidate=candidate, bases={"m.ts": base})
    assert [objection.code for objection in said] == found


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


LONG = """\
class Money:
    def __eq__(self, other):
        return self.sum == other.sum

    def add(self):
        return 1
"""
WINDOW = Region("m.py", 1, 2, "", "lines")


@pytest.mark.parametrize(
    ("more", "rule", "found"),
    [
        ("\n    def __hash__(self):\n        return hash(self.sum)\n", "PLW1641", []),
        ("\n    __hash__ = None\n", "PLW1641", []),
        ("\n    def __hash__(self):\n        return hash(self.sum)\n", "E741", ["outside-region"]),
        ("\n    def more(self):\n        return 2\n", "PLW1641", ["outside-region"]),
        ("\n    if True:\n        __hash__ = None\n", "PLW1641", ["outside-region"]),
    ],
)
def test_a_missing_member_may_stand_anywhere_in_its_class(
    more: str, rule: str, found: list[str]
) -> None:
    finding = Finding("ruff", rule, "m", "m.py", Span(1, 1, 1, 2), Severity.ERROR, "Money", "")
    task = replace(TASK, region=WINDOW, finding=finding)
    assert codes(LONG + more, task=task, base=LONG) == found


@pytest.mark.parametrize(
    ("new", "rule", "found"),
    [
        ("import ujson as json\n", "E741", ["outside-region"]),
        ("import ujson as json\n", "S403", []),
        ("import json, os\n", "E741", []),
        ("import json.decoder\n", "E741", []),
    ],
)
def test_what_other_code_imported_stays_what_it_is(new: str, rule: str, found: list[str]) -> None:
    one = "def a(x):\n    return json.loads(x)\n"
    base = f"import json\n\n\n{one}\n\ndef b(x):\n    return json.dumps(x)\n"
    finding = Finding("ruff", rule, "m", "m.py", Span(5, 1, 5, 2), Severity.ERROR, "a", "")
    task = replace(TASK, region=Region("m.py", 4, 5, "a", "function"), finding=finding)
    after = base.replace("import json\n", new).replace("loads(x)", "loads(x + 1)")
    assert codes(after, task=task, base=base) == found
    alone = base.replace("json.dumps", "str"), after.replace("json.dumps", "str")
    assert codes(alone[1], task=task, base=alone[0]) == []
