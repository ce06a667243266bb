"""Which finding is which, case by case: what the random edits do not reach."""

from __future__ import annotations

import random
import re
import time
from dataclasses import replace

import pytest

from playground.analyzers.gate.delta import Delta, match
from playground.domain.findings import Finding, Severity, Span
from playground.domain.outlines import outline_of

PATH = "a.py"


def said(text: str, *places: tuple[str, str, str], path: str = PATH) -> list[Finding]:
    """Returns findings of (rule, code, message); "code#2" means its second occurrence."""
    outline = outline_of(path, text=text)
    found: list[Finding] = []
    for rule, code, message in places:
        name, _, number = code.partition("#")
        at = [m.start() for m in re.finditer(re.escape(name), text)][int(number or 1) - 1]
        line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
        lines = name.count("\n")
        end = (line, column + len(name)) if not lines else (line + lines, 99)
        found.append(
            Finding(
                *("tool", rule, message, path, Span(line, column, *end), Severity.ERROR),
                symbol=outline.symbol_at(line),
                line_text=outline.line_at(line),
                statement=outline.statement_at(line),
            )
        )
    return found


def compared(
    old: str, new: str, before: list[tuple[str, str, str]], after: list[tuple[str, str, str]]
) -> Delta:
    return match(said(old, *before), said(new, *after), old={PATH: old}, new={PATH: new})


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in findings]


TWO = "def f():\n    try:\n        a()\n    except:\n        pass\n\n\ndef g():\n    b()\n"
BARE = ("E722", "except:", "Do not use bare `except`")


def test_mending_one_and_planting_another_of_the_same_rule_is_both() -> None:
    new = TWO.replace("except:", "except OSError:").replace(
        "    b()\n", "    try:\n        b()\n    except:\n        pass\n"
    )
    delta = compared(TWO, new, [BARE], [BARE])
    assert (rules(delta.fixed), rules(delta.added), delta.kept) == (["E722"], ["E722"], ())


def test_the_same_in_one_function_is_both_too() -> None:
    old = TWO.replace("        pass\n", "        pass\n    c()\n    d()\n")
    new = old.replace("except:", "except OSError:").replace(
        "    d()\n", "    try:\n        d()\n    except:\n        pass\n"
    )
    delta = compared(old, new, [BARE], [BARE])
    assert (rules(delta.fixed), rules(delta.added)) == (["E722"], ["E722"])


def test_a_protection_that_is_taken_away_here_and_put_up_there_has_not_moved() -> None:
    new = "def f():\n    a()\n\n\ndef g():\n    try:\n        b()\n    except:\n        pass\n"
    delta = compared(TWO, new, [BARE], [BARE])
    assert (rules(delta.fixed), rules(delta.added)) == (["E722"], ["E722"])


def test_another_undefined_name_is_another_finding() -> None:
    old, new = "def f():\n    return foo1 + bar\n", "def f():\n    return foo2 + bar\n"
    before = [("F821", "foo1", "Undefined name `foo1`")]
    delta = compared(old, new, before, [("F821", "foo2", "Undefined name `foo2`")])
    assert (rules(delta.fixed), rules(delta.added)) == (["F821"], ["F821"])


def test_what_a_fix_reveals_is_new_where_the_analyzer_could_see() -> None:
    old, new = "x: int = nmae\n", "x: int = name\n"
    delta = compared(old, new, [("undefined", "nmae", "`nmae`")], [("type", "name", "no int")])
    assert (rules(delta.fixed), rules(delta.added)) == (["undefined"], ["type"])


@pytest.mark.parametrize("numbers", [("7 > 5", "8 > 5"), ("12 lines", "13 lines")])
def test_numbers_in_messages_do_not_matter(numbers: tuple[str, str]) -> None:
    old = "def f(a, b):\n    pass\n"
    new = "def f(a, b, c):\n    pass\n"
    rule = ("PLR0913", "f")
    delta = compared(
        old, new, [(*rule, f"Too many ({numbers[0]})")], [(*rule, f"Too many ({numbers[1]})")]
    )
    assert len(delta.kept) == 1


def test_a_renamed_neighbour_in_the_message_does_not_matter() -> None:
    old = "def old_name(x):\n    return x\n\n\ny = old_name(1).z\n"
    new = old.replace("old_name", "new_name")
    before = [("type", "z", 'Cannot access "z" of "old_name"')]
    delta = compared(old, new, before, [("type", "z", 'Cannot access "z" of "new_name"')])
    assert len(delta.kept) == 1


def test_a_local_name_renamed_in_one_function_does_not_matter() -> None:
    old = "def f():\n    a = 1\n    b = 2\n    return b\n\n\ndef g():\n    a = 3\n    return a\n"
    new = old.replace("a = 1", "z = 1")
    before = [("F841", "a", "Local variable `a` is never used")]
    delta = compared(old, new, before, [("F841", "z", "Local variable `z` is never used")])
    assert len(delta.kept) == 1


def test_the_message_of_an_unchanged_line_may_change() -> None:
    old = "def f() -> int:\n    return 1\n\n\nx: str = f()\n"
    new = old.replace("-> int", "-> float")
    before = [("type", "f()#2", '"int" is not "str"')]
    delta = compared(old, new, before, [("type", "f()#2", '"float" is not "str"')])
    assert len(delta.kept) == 1


def test_of_two_like_ones_the_mended_one_is_gone() -> None:
    old = "def f():\n    use(x)\n    use(x)\n    use(x)\n"
    new = "def f():\n    use(x)\n    use(1)\n    use(x)\n"
    before = [("F821", f"x#{n}", "Undefined name `x`") for n in (1, 2, 3)]
    delta = compared(old, new, before, [("F821", f"x#{n}", "Undefined name `x`") for n in (1, 2)])
    assert [f.span.start_line for f in delta.fixed] == [3]
    assert [now.span.start_line for _, now in delta.kept] == [2, 4]


BROKEN = "import os\n\n\ndef f(:\n    return os.x\n\n\ndef g():\n    return undefined\n"
SYNTAX = ("invalid-syntax", "(:", "Expected a parameter")


def test_what_a_syntax_error_hid_was_there_before() -> None:
    new = BROKEN.replace("(:", "():")
    delta = compared(BROKEN, new, [SYNTAX], [("F821", "undefined", "Undefined name `undefined`")])
    assert (rules(delta.fixed), delta.added) == (["invalid-syntax"], ())
    assert rules(delta.revealed) == ["F821"]


def test_what_the_repair_of_a_syntax_error_brings_is_new() -> None:
    new = BROKEN.replace("(:", "(a):").replace("os.x", "oss.x")
    delta = compared(BROKEN, new, [SYNTAX], [("F821", "oss", "Undefined name `oss`")])
    assert (rules(delta.added), delta.revealed) == (["F821"], ())


def test_a_name_that_the_repair_of_a_syntax_error_took_away_is_missed_because_of_it() -> None:
    new = BROKEN.replace("(:", "():").replace("import os\n", "")
    delta = compared(BROKEN, new, [SYNTAX], [("F821", "os", "Undefined name `os`")])
    assert (rules(delta.added), delta.revealed) == (["F821"], ())


def test_another_syntax_error_is_new() -> None:
    new = BROKEN.replace("(:", "():").replace("g():", "g(:")
    delta = compared(BROKEN, new, [SYNTAX], [("invalid-syntax", "(:", "Expected a parameter")])
    assert rules(delta.added) == ["invalid-syntax"]


def test_without_a_syntax_error_nothing_is_revealed() -> None:
    old, new = "def f():\n    return a\n", "import b\n\n\ndef f():\n    return a\n"
    delta = compared(old, new, [], [("F821", "a", "Undefined name `a`")])
    assert rules(delta.added) == ["F821"]


def test_a_syntax_error_that_hides_nothing_reveals_nothing() -> None:
    """Analyzers call it one when the code is for a later Python, and go on."""
    old = "import os\n\n\ndef f(a):\n    match a:\n        case 1:\n            return os.x\n"
    error = ("invalid-syntax", "match", "Cannot use `match` statement on Python 3.9")
    unused = ("F401", "os", "`os` imported but unused")
    for new in (
        old.replace("os.x", "1"),
        old.replace("match a:", "if a:").replace("case 1:", "if a:"),
    ):
        after: list[tuple[str, str, str]] = [unused]
        after += [error] if "match" in new else []
        delta = compared(old, new, [error], after)
        assert (rules(delta.added), delta.revealed) == (["F401"], ())


@pytest.mark.parametrize(
    ("code", "hides"),
    [("TS1259", False), ("TS1484", False), ("TS1192", False), ("TS1005", True), ("TS1128", True)],
)
def test_a_script_that_is_only_held_to_be_wrong_reveals_nothing(code: str, hides: bool) -> None:
    old = 'import a from "a";\n\nfunction f(x: string) {\n  return a(x;\n}\n\nf("1");\n'
    new = old.replace("x: string", "x: number").replace("x;", "x);")
    before = said(old, (code, "a", "The module is wrong"), path="a.ts")
    after = said(new, ("TS2345", 'f("1")', "Not a number"), path="a.ts")
    delta = match(before, after, old={"a.ts": old}, new={"a.ts": new})
    assert rules(delta.revealed if hides else delta.added) == ["TS2345"]


def test_a_use_that_the_repair_of_a_syntax_error_took_away_is_missed_because_of_it() -> None:
    for code in ("1", "f(a, b, c)"):
        old = BROKEN.replace("os.x", "f(a, b, os, c)")
        new = old.replace("(:", "():").replace("f(a, b, os, c)", code)
        delta = compared(old, new, [SYNTAX], [("F401", "os", "`os` imported but unused")])
        assert (rules(delta.added), delta.revealed) == (["F401"], ())


SCRIPT = """function first(a) {
  const unused = 1;
  return a == null;
}

export function second(b) {
  eval(b);
  return [1, 2].map((x) => x == b);
}
"""


LATER = SCRIPT.index("export")


@pytest.mark.parametrize(
    "new",
    [
        "// on top\n\n" + SCRIPT,
        SCRIPT.replace("  ", "\t").replace(";", ""),
        SCRIPT.replace("2].map((x) => x", "\n    2,\n  ].map(x =>\n    x"),
        SCRIPT[LATER:] + "\n" + SCRIPT[:LATER],
        SCRIPT.replace("second", "other").replace("(b)", "(c)").replace("== b", "== c"),
    ],
)
def test_scripts_are_compared_the_same_way(new: str) -> None:
    places = [("no-unused-vars", "unused", "'unused' is never used"), ("no-eval", "eval", "eval")]
    equal = [("eqeqeq", code, "Expected '==='") for code in ("==", "==#2")]
    before, after = (said(text, *places, *equal, path="a.ts") for text in (SCRIPT, new))
    delta = match(before, after, old={"a.ts": SCRIPT}, new={"a.ts": new})
    assert (delta.fixed, delta.added) == ((), ())


def test_a_function_that_moved_to_another_file_takes_its_findings_along() -> None:
    moved = "def f(values):\n    total = compute(values)\n    return undefined\n"
    rest = "def g():\n    return 1\n"
    old = {"a.py": f"{moved}\n\n{rest}", "b.py": rest}
    new = {"a.py": rest, "b.py": f"{rest}\n\n{moved}"}
    place = ("F821", "undefined", "Undefined name `undefined`")
    delta = match(said(old["a.py"], place), said(new["b.py"], place, path="b.py"), old=old, new=new)
    assert [(a.path, b.path) for a, b in delta.kept] == [("a.py", "b.py")]


def test_a_copy_in_another_file_is_new() -> None:
    text = "def f(values):\n    total = compute(values)\n    return undefined\n"
    place = ("F821", "undefined", "Undefined name `undefined`")
    old = {"a.py": text, "b.py": ""}
    new = {"a.py": text, "b.py": text}
    after = [*said(text, place), *said(text, place, path="b.py")]
    delta = match(said(text, place), after, old=old, new=new)
    assert [f.path for f in delta.added] == ["b.py"]


LAYOUTS = (
    "value = call(first, 'a', [1, 2])\n",
    'value = call( first,"a", [1,2] )\n',
    'value = call(\n    first,\n    "a",\n    [1, 2],\n)\n',
    'value = (call(first, "a", [\n    1, 2]))\n',
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_kept_fingerprint_survives_moves_and_layouts(layout: str) -> None:
    place = ("F821", "call", "Undefined name `call` (line 3)")
    first = said(LAYOUTS[0], place)[0].fingerprint
    again = replace(
        place_in(f"# moved\n\nx = 1\n{layout}", place), message=place[2].replace("3", "9")
    )
    assert again.fingerprint == first
    other = said(layout.replace("first", "other"), place)[0]
    assert other.fingerprint != first


def place_in(text: str, place: tuple[str, str, str]) -> Finding:
    return said(text, place)[0]


def test_a_heads_fingerprint_does_not_depend_on_the_body() -> None:
    place = ("B006", "[]", "Do not use mutable defaults")
    one = place_in("def f(a=[]):\n    return a\n", place)
    two = place_in("def f(\n    a=[],\n):\n    b = a\n    return b\n", place)
    assert one.fingerprint == two.fingerprint


def test_a_long_file_is_compared_in_little_time() -> None:
    names = range(170)
    body = "def f{n}(a):\n    b = a + {n}\n    c = use(b, x{n})\n    return c\n\n\n"
    old = "".join(body.format(n=n) for n in names)
    new = old.replace("use(b, x77)", "use(b, 0)").replace("f12(", "g12(")
    places = {n: ("F821", f"x{n})", f"Undefined name `x{n}`") for n in names}
    before, after = said(old, *places.values()), said(new, *(places[n] for n in names if n != 77))
    started = time.process_time()
    delta = match(before, after, old={PATH: old}, new={PATH: new})
    assert time.process_time() - started < 1
    assert (len(delta.fixed), len(delta.added), old.count("\n")) == (1, 0, 1020)


def test_many_long_lines_of_few_words_take_no_minutes() -> None:
    def text(seed: int) -> str:
        drawn = random.Random(seed)
        rows = ("".join(drawn.choice("-+") for _ in range(3_900)) for _ in range(6))
        return "".join(f"x{n} = {row}1\n# line {n}\n" for n, row in enumerate(rows))

    old, new = text(1), text(2)
    started = time.process_time()
    delta = compared(old, new, [("R", "line 3", "m")], [("R", "line 3", "m"), ("R", "x5", "n")])
    assert time.process_time() - started < 3
    assert (len(delta.kept), rules(delta.added)) == (1, ["R"])
