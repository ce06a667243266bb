"""Repairs of scripts are known by what they consist of; what goes beyond is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from labelled_scripts import script_cases, task_of

from playground.analyzers.gate.footprints.asked import AGAIN, RETYPED, SCRIPTS, asked_by, footprints
from playground.analyzers.gate.javascript.reader import ScriptChange, ScriptReader
from playground.analyzers.javascript import Workers
from playground.analyzers.profile import AnalyzerContext
from playground.domain.findings import Finding, Severity, Span

# One worker process is shared with the other tests that need one.
pytestmark = pytest.mark.xdist_group("script cases")

KINDS = frozenset(
    {"call", "new", "text", "empty", "value", "regexp", "attribute", "item", "write", "delete",
     "name", "operator", "not", "and", "or", "??", "?.", "compare", "return", "throw", "if",
     "switch", "case", "default", "loop", "try", "catch", "finally", "await", "yield", "define",
     "parameter", "rest", "async", "generator", "base", "field", "key", "spread", "cast",
     "non-null", "typed", "type", "typeof", "void", "break", "continue", "debugger", "with",
     "moved", "order", AGAIN, RETYPED}
)  # fmt: skip


def test_every_word_of_the_table_is_one_that_code_can_give() -> None:
    for row in footprints(SCRIPTS):
        for chosen in (row.lose, row.gain, row.need, row.known):
            for word in (*chosen.single, *chosen.begins, *chosen.but, *chosen.but_begins):
                assert word.split(" ", 1)[0] in KINDS, word
        assert [word for word in row.needed if word not in row.gain] == []


def test_no_rule_has_two_footprints() -> None:
    ids = Counter(begin for row in footprints(SCRIPTS) for begin in row.ids)
    assert [begin for begin, count in ids.items() if count > 1] == []


def test_every_rule_of_a_labelled_change_has_a_footprint() -> None:
    rules = {case.finding.rule.rpartition("/")[2] for case in script_cases()} - {""}
    assert len(rules) > 60
    without = [rule for rule in sorted(rules) if asked_by(rule, table=SCRIPTS) is None]
    assert without == ["no-return-await"]  # ESLint has it no longer


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptReader]:
    made = ScriptReader(Workers(AnalyzerContext(tmp_path_factory.mktemp("worker"))))
    yield made
    made.close()


def said(reader: ScriptReader, before: str, after: str, *, rule: str) -> list[str]:
    """Returns what is said beyond what other detectors say of a change."""
    finding = Finding("eslint", rule, "m", "a.ts", Span(1, 1, 1, 2), Severity.ERROR, "", "")
    read = reader.read(task_of(finding), changes=[ScriptChange("a.ts", before, after)])
    assert read.unanswered == ()
    found = read.facts["a.ts"].dodges
    return [o.message for o in found if o.code in {"dodge:beyond", "dodge:invented"}]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if (a) { x = f(a); } else { x = g(); }", "x = a ? f(a) : g();"),
        ("function h(a) { return `b${a}`; }", "const h = function (b) { return `b${b}`; };"),
        ("a && f();", "if (a) f();"),
        ("a || f();", "if (!a) f();"),
        ("if (!(a >= 3)) f();", "if (!(3 <= a)) f();"),
        ("x = /[\\.\\/]/;", "x = /[./]/;"),
        ("x = { a: f(), a: 2 };", "x = { a: 2 };"),
        ("if (a !== b) f();", "if (!(a === b)) f();"),
    ],
)
def test_other_ways_to_write_the_same_have_the_same_words(
    reader: ScriptReader, before: str, after: str
) -> None:
    # The parameter and the name of a function are words of their own.
    plain = re.compile(r"`(?:parameter|define) |^$")
    found = said(reader, before, after, rule="prefer-const")
    assert [message for message in found if not plain.search(message)] == []


LOAD = "async function load(get) {\n  let data = await get(1);\n  return data.rows;\n}\n"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("let", "const"), ""),
        (("let data = await", "const data ="), "takes away `await get`"),
        (("get(1)", "get(2)"), "takes away `value 1`"),
        (("return data.rows", "log(data);\n  return data.rows"), "brings `call log`"),
        (("data.rows", "data.rows ?? []"), "brings `??`"),
        (("return data.rows", "return data?.rows"), "brings `?.`"),
        (("data.rows", "data.rows as any"), "brings `cast any`"),
        (("data.rows", "data.cells"), "takes away `attribute rows`"),
    ],
)
def test_another_word_is_all_that_prefer_const_asks_for(
    reader: ScriptReader, change: tuple[str, str], reason: str
) -> None:
    found = said(reader, LOAD, LOAD.replace(*change), rule="prefer-const")
    assert bool(found) == bool(reason)
    assert all(reason in message for message in found)


def test_what_is_moved_into_a_loop_or_done_in_another_order_is_seen(reader: ScriptReader) -> None:
    before = "function f(a) {\n  for (const x of a) {\n    g(x);\n  }\n  h();\n}\n"
    after = before.replace("  }\n  h();\n", "    h();\n  }\n")
    assert "moved loop: call h" in said(reader, before, after, rule="no-var")[0]
    before = "function f(a) {\n  g(a);\n  h(a);\n}\n"
    found = said(reader, before, "function f(a) {\n  h(a);\n  g(a);\n}\n", rule="no-var")
    assert "order" in found[0]


def test_a_misspelled_name_is_repaired_by_one_that_is_written_nearly_like_it(
    reader: ScriptReader,
) -> None:
    before = "export const sum = (order) => order.totl + order.id;\n"
    right, wrong = before.replace("totl", "total"), before.replace("totl", "price")
    assert said(reader, before, right, rule="TS2551") == []
    assert "none that the one that goes" in said(reader, before, wrong, rule="TS2551")[0]


def test_an_answer_is_made_up_where_the_file_does_not_speak_of_it(reader: ScriptReader) -> None:
    before = 'function f(k: 1 | 2): string {\n  if (k === 1) return "a";\n}\n'
    after = before.replace(";\n}\n", ';\n  return "";\n}\n')
    assert any("make it up" in message for message in said(reader, before, after, rule="TS2366"))
    known = 'const none = () => "";\n' + before, 'const none = () => "";\n' + after
    assert said(reader, *known, rule="TS2366") == []


@pytest.mark.parametrize("terms", [100, 4_000, 8_000])
def test_long_sums_beside_a_change_leave_an_answer(reader: ScriptReader, terms: int) -> None:
    before = "const a = 1" + " + 1" * terms + ";\nlet b = parseInt(x);\n"
    after = before.replace("parseInt(x)", "parseInt(x, 10)")
    assert said(reader, before, after, rule="radix") == []
