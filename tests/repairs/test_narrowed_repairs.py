"""Built-in recipes leave alone what they would change the meaning of."""

from __future__ import annotations

import ast

import pytest

from playground.domain.findings import Finding, Severity, Span
from playground.domain.repairs.catalogue import repaired, repairs_for
from playground.domain.repairs.probing import outdated

Case = tuple[str, str, str, str, str]

LEFT_ALONE: list[Case] = [
    ("pyright", "reportOptionalMemberAccess", "name", "", (
        "class A:\n    def go(self):\n        self.b.name = self.make()\n"
    )),
    ("pyright", "reportOptionalMemberAccess", "name", "", (
        "class A:\n    def go(self):\n        put(self.make(), self.b.name)\n"
    )),
    ("ruff", "SIM115", "open", "", (
        "def f(p):\n    text = open(p).read() if p else ''\n    return text\n"
    )),
    ("ruff", "SIM115", "open", "", "def f(ps):\n    return [open(p).read() for p in ps]\n"),
    ("ruff", "SIM115", "open", "", "def f(p):\n    get = lambda: open(p).read()\n    return get\n"),
    ("ruff", "SIM115", "open", "", "def f(p):\n    return made(p) + open(p).read()\n"),
    ("ruff", "SIM103", "elif c", "", (
        "def f(p, c):\n    if p:\n        go(p)\n    elif c:\n        return True\n"
        "    else:\n        return False\n    return None\n"
    )),
    ("ruff", "SIM108", "elif c", "", (
        "def f(p, c):\n    x = 0\n    if p:\n        go(p)\n    elif c:\n        x = 1\n"
        "    else:\n        x = 2\n    return x\n"
    )),
    ("ruff", "PLW0602", "global", "Using global for `x` but no assignment is done", (
        "x = 0\n\n\ndef f():\n    x = 1\n\n    def g():\n        global x\n        return x\n"
        "    return g, x\n"
    )),
    ("ruff", "PLW0602", "global", "Using global for `x` but no assignment is done", (
        "x = 0\n\n\ndef f():\n    global x\n    del x\n"
    )),
    ("ruff", "B008", "made()", "", "def f(a):\n    return [lambda x=made(): x for _ in a]\n"),
    ("ruff", "B008", "made()", "", "def f(a):\n    return a and (lambda x=made(): x)\n"),
    ("ruff", "S110", "except", "", (
        "import logging\n\nlog = logging.getLogger(__name__)\n\n\ndef f(log):\n    try:\n"
        "        log()\n    except Exception:\n        pass\n"
    )),
    ("ruff", "S110", "except", "", (
        "import logging\n\n\nclass H(logging.Handler):\n    def emit(self, record):\n        try:\n"
        "            go(record)\n        except Exception:\n            pass\n"
    )),
    ("ruff", "B904", "raise", "", (
        "def f():\n    try:\n        go()\n    except OSError as e:\n"
        "        raise e.with_traceback(None)\n"
    )),
    ("pyright", "reportOptionalMemberAccess", "name", "", (
        "spec = find()\n\n\nclass A:\n    name = spec.name\n"
    )),
    ("pyright", "reportOptionalMemberAccess", "name", "", (
        "def f(a):\n    try:\n        return a.name\n    except (ValueError, TypeError):\n"
        "        return ''\n"
    )),
    ("pyright", "reportOptionalMemberAccess", "name", "", (
        "def f(a):\n    try:\n        return a.name\n    except errors:\n        return ''\n"
    )),
    ("ruff", "B026", "go()", "", "def f(go):\n    go()\n"),
    ("ruff", "E741", "l", "", (
        "def f():\n    l = 0\n\n    def g():\n        nonlocal l\n        l += 1\n    g()\n"
        "    return l\n"
    )),
    ("ruff", "F403", "from", "", "from a import *\n\n__all__ = ['b', *others]\n\nc()\n"),
]  # fmt: skip


def result(case: Case) -> str | None:
    tool, rule, place, message, text = case
    at = text.index(place)
    line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    span = Span(line, column, line, column + len(place))
    finding = Finding(tool, rule, message, "m.py", span, Severity.ERROR, "", "")
    (repair,) = repairs_for(tool=tool, rule=rule)
    return repaired(repair, text, finding=finding)


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_what_would_change_is_left_alone(case: Case) -> None:
    assert result(case) is None


def test_what_is_read_first_is_still_asserted() -> None:
    text = "class A:\n    def go(self):\n        self.b.name(self.make())\n"
    found = result(("pyright", "reportOptionalMemberAccess", "name", "", text))
    assert found == text.replace(
        "        self.b", "        assert self.b is not None\n        self.b"
    )


def test_a_file_that_is_opened_first_is_still_closed() -> None:
    text = "def f(p):\n    return open(p).read()\n"
    found = result(("ruff", "SIM115", "open", "", text))
    assert found == "def f(p):\n    with open(p) as file:\n        return file.read()\n"


def test_a_star_import_keeps_what_the_module_promises() -> None:
    text = "from a import *\n\n__all__ = ['b']\n\nc()\n"
    found = result(("ruff", "F403", "from", "", text))
    assert found == text.replace("*", "b, c")


def test_an_error_that_nobody_catches_may_become_an_assertion() -> None:
    text = "def f(a):\n    try:\n        return a.name\n    except ValueError:\n        return ''\n"
    found = result(("pyright", "reportOptionalMemberAccess", "name", "", text))
    assert found == text.replace("return a", "assert a is not None\n        return a", 1)


def test_what_a_module_looks_at_is_asserted_too() -> None:
    text = "spec = find()\nmade = spec.name\n"
    found = result(("pyright", "reportOptionalMemberAccess", "name", "", text))
    assert found == "spec = find()\nassert spec is not None\nmade = spec.name\n"


PROBES = [
    ("try:\n    unicode\nexcept NameError:\n    unicode = str\n", True),
    ("try:\n    texts\nexcept NameError:\n    texts = str\n", False),
    ("try:\n    unicode\n    go()\nexcept NameError:\n    unicode = str\n", False),
    ("try:\n    unicode\nexcept (NameError, OSError):\n    unicode = str\n", False),
    ("try:\n    unicode\nexcept NameError as e:\n    print(e)\n", False),
    ("try:\n    unicode\nexcept NameError:\n    pass\nelse:\n    go()\n", False),
    ("try:\n    unicode\nexcept NameError:\n    pass\nfinally:\n    go()\n", False),
    ("try:\n    unicode()\nexcept NameError:\n    unicode = str\n", False),
]


@pytest.mark.parametrize(("text", "asks"), PROBES)
def test_only_a_question_for_a_builtin_of_python_2_is_answered(text: str, asks: bool) -> None:
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.Try)
    assert outdated(node) == asks
