"""JavaScript and TypeScript by brackets alone: pieces, regions, answers, context and marks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.javascript.silences import is_silenced_in
from playground.analyzers.gate.neutralise import neutralise_script
from playground.domain.findings import Finding, Severity, Span
from playground.domain.javascript import blocks, code_form, is_balanced, language_name
from playground.domain.regions import region_at
from playground.domain.script_pieces import Kind, comments, pieces
from playground.domain.tasks import Region
from playground.orchestrator.answers import Unreadable, files_in, rewritten
from playground.orchestrator.context import Place, context_for
from playground.orchestrator.marks import marked, unmarked

CODE = """import { a } from "./a";
import type { Item } from "./types";

const RATE = 0.19;

/** A cart. */
@sealed()
export class Cart<T extends Item> {
  private items: T[] = [];

  // adds one
  add(item: T): void {
    this.items.push(item);
    a(item);
  }

  get total(): number {
    return this.items.reduce((sum, item) => sum + item.price, 0) * (1 + RATE);
  }
}

export const load = async (url: string) => {
  const reply = await fetch(url);
  return reply.json();
};

it("adds", () => {
  expect(new Cart().total).toBe(0);
});
"""
PIECES = [
    "`", "${", "}", "{", "(", ")", "/", "//", "/*", "*/", "\n", '"', "'", "\\", "[", "]", "=>",
    "a", " ", ";", "=", "return", "class", "import", "<", ">", "@ts-ignore", "eslint-disable ",
    "\r\n",
]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


def region(text: str, word: str, *, path: str = "m.ts") -> Region:
    return region_at(path, text=text, line=text[: text.index(word)].count("\n") + 1)


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("a / b / c", "word punctuation word punctuation word"),
        ('x = /[/"]+/g', "word punctuation regex"),
        ("return /a/.test(b)", "word regex punctuation word punctuation word punctuation"),
        ("`a ${ `b ${c}` } d`", "string string word string string"),
        ("'it\\'s' // no", "string comment"),
        ('"// no"', "string"),
        ("/* a\n b */ 1", "comment number"),
    ],
)
def test_pieces(code: str, kinds: str) -> None:
    assert " ".join(piece.kind for piece in pieces(code)) == kinds


@given(TEXTS)
def test_nothing_about_a_script_raises_or_moves(text: str) -> None:
    found = list(pieces(text))
    assert all(text[p.start : p.end] == p.text for p in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    lines = text.count("\n") + 1
    assert all(1 <= b.start_line <= b.head_line <= b.end_line <= lines for b in blocks(text))
    is_balanced(text)
    blanked = neutralise_script(text)
    assert len(blanked) == len(text)
    assert [c for c in blanked if c in "\r\n"] == [c for c in text if c in "\r\n"]
    assert neutralise_script(blanked) == blanked


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("a(); // eslint-disable-line no-x -- why not", True),
        ("/* eslint-disable no-x, y/z */ a();", True),
        ("<p>{/* @ts-ignore */}</p>", True),
        ("<p>/* eslint-disable {evil()} */</p>", False),
        ("if (x) /[/* eslint-disable ]/.test(y); evil(); /[*/ ]/.test(z);", False),
        ("<p>`</p>;\n`/* eslint-disable ${evil()} */`;", False),
        ("<p>// eslint-disable <b>{x}</b></p>", False),
    ],
)
def test_what_may_be_code_is_never_taken_for_a_comment(text: str, blanked: bool) -> None:
    assert ("disable" not in neutralise_script(text).replace("ignore", "disable")) == blanked


SIGNS = st.sampled_from([*PIECES, "$b", "9", "\u2028", "\u200c", "#!", "++", "/re/g", "é", "\r"])


@given(st.lists(SIGNS, max_size=40).map("".join))
def test_comments_are_those_among_all_pieces(text: str) -> None:
    assert comments(text) == tuple(p for p in pieces(text) if p.kind is Kind.COMMENT)


@given(TEXTS, st.integers(0, 4))
def test_marks_never_change_what_a_script_means(code: str, line: int) -> None:
    result = marked(code, line=line, note="n\n*/ m", path="m.ts")
    assert code_form(result) == code_form(code)


def test_blocks_name_what_they_define() -> None:
    found = {block.name: block for block in blocks(CODE) if block.name}
    assert list(found) == [
        "RATE",
        "Cart",
        "Cart.items",
        "Cart.add",
        "Cart.total",
        "load",
        "load.reply",
    ]
    assert (found["Cart"].start_line, found["Cart"].head_line) == (6, 7)
    assert (found["Cart.add"].start_line, found["Cart.add"].end_line) == (11, 15)
    assert found["load"].kind == "function"
    assert [block.imports for block in blocks(CODE)][:3] == [True, True, False]


@pytest.mark.parametrize(
    ("word", "name"),
    [("a(item)", "Cart.add"), ("reduce", "Cart.total"), ("fetch", "load"), ("0.19", "RATE")],
)
def test_a_region_is_the_function_around_a_place(word: str, name: str) -> None:
    assert region(CODE, word).name == name


def test_a_region_of_a_callback_is_the_statement_around_it() -> None:
    found = region(CODE, "toBe")
    assert (found.kind, found.name, found.end_line - found.start_line) == ("statement", "", 2)


def test_languages_by_name() -> None:
    names = [language_name(path) for path in ("a.py", "a.tsx", "a.cjs", "a")]
    assert names == ["Python", "TypeScript", "JavaScript", "Python"]


def answer(code: str) -> str:
    return f"Change: it.\n\n```typescript\n{code}```\n"


def test_an_answer_takes_its_place_with_the_files_own_layout_and_comments() -> None:
    code = (
        'import { z } from "zod";\n\nadd(item: T): void {\n  if (!item) {\n'
        '    throw new Error("none"); // invented\n  }\n  this.items.push(item);\n  a(item);\n}\n'
    )
    after = rewritten(CODE, region=region(CODE, "a(item)"), answer=answer(code))
    expected = CODE.replace(
        "    this.items.push",
        '    if (!item) {\n      throw new Error("none");\n    }\n    this.items.push',
    ).replace('"./types";\n', '"./types";\nimport { z } from "zod";\n')
    assert after == expected


def test_an_answer_keeps_crlf_and_lost_comments() -> None:
    text = "function f(a) {\n  // why\n  go(a);\n  return a;\n}\n".replace("\n", "\r\n")
    code = "function f(a) {\n  go(a);\n  return a + 1;\n}\n"
    after = rewritten(text, region=region(text, "go", path="m.js"), answer=answer(code))
    assert after == text.replace("return a;", "return a + 1;")


@pytest.mark.parametrize("code", ["add(item: T) {\n  a(item);\n", "remove() {}\n", "import a;\n"])
def test_what_is_no_rewrite_is_said(code: str) -> None:
    with pytest.raises(Unreadable):
        rewritten(CODE, region=region(CODE, "a(item)"), answer=answer(code))


def test_templates_are_not_indented() -> None:
    text = "class A {\n  f() {\n    return `x\n y`;\n  }\n}\n"
    code = "f() {\n  return `x\n y` + 1;\n}\n"
    after = rewritten(text, region=region(text, "return"), answer=answer(code))
    assert after == text.replace("y`;", "y` + 1;")


def test_a_request_merges_definitions_and_deletes_nothing() -> None:
    code = (
        "export class Cart<T extends Item> {\n  clear(): void {\n    this.items = [];\n  }\n}\n\n"
        "const load = async (url: string) => {\n  return (await fetch(url)).json();\n};\n\n"
        "export function fresh(): number {\n  return 1;\n}\n"
    )
    after = files_in(answer(code), bases={"m.ts": CODE}, may_create=False)["m.ts"]
    names = [block.name for block in blocks(after)]
    for name in ("Cart.add", "Cart.total", "Cart.clear", "load", "fresh", "RATE"):
        assert name in names
    assert "export const load" in after
    assert "// adds one" in after
    assert is_balanced(after)
    assert after.count("import { a }") == 1


def test_a_new_file_is_taken_whole() -> None:
    found = files_in(
        "FILE: src/slug.ts\n" + answer("export const a = 1;\n"), bases={}, may_create=True
    )
    assert found == {"src/slug.ts": "export const a = 1;\n"}


def test_context_shows_what_the_region_names() -> None:
    others = {"src/types.ts": "export interface Item {\n  price: number;\n}\n"}
    text = CODE.replace("reduce((sum", "map((x: Item) => x).reduce((sum")
    place = Place(region(text, "reduce", path="src/m.ts"))
    shown = context_for(text, place=place, reader=others.get)
    for part in (
        "import type { Item }",
        "const RATE = 0.19",
        "add(item: T): void { … }",
        "price: number",
    ):
        assert part in shown
    assert "fetch" not in shown


def test_marks_are_written_and_taken_out_in_the_files_own_way() -> None:
    shown = marked("a();\nb();\n", line=1, note="bad", path="m.js")
    assert shown == "a();\nb();  // <-- PROBLEM: bad\n"
    assert unmarked(shown) == "a();\nb();\n"
    inside = "a(`\nx\n`);\n"
    assert marked(inside, line=1, note="bad", path="m.js") == inside


def finding(line: int, *, tool: str = "eslint", rule: str = "no-empty") -> Finding:
    return Finding(tool, rule, "m", "m.ts", Span(line, 1, line, 2), Severity.ERROR)


def test_a_persons_own_silences_count_for_their_tool_rule_and_lines() -> None:
    text = (
        "// eslint-disable-next-line no-empty\na();\n// @ts-ignore\n\nb();\n"
        "/* eslint-disable no-undef */\nc();\n/* eslint-enable */\nd(); // eslint-disable-line\n"
    )
    assert is_silenced_in(text, finding(2))
    assert not is_silenced_in(text, finding(2, rule="no-var"))
    assert not is_silenced_in(text, finding(2, tool="typescript"))
    assert is_silenced_in(text, finding(5, tool="typescript", rule="TS1"))
    assert is_silenced_in(text, finding(7, rule="no-undef"))
    assert not is_silenced_in(text, finding(7))
    assert is_silenced_in(text, finding(9))
    assert is_silenced_in("// @ts-nocheck\na();\n", finding(2, tool="typescript"))
    assert not is_silenced_in('"// eslint-disable-line"; a();\n', finding(1))


def test_comments_are_found_where_strings_look_like_them() -> None:
    text = 'const a = "// no"; // yes\nconst b = `/* no ${1 /* in */}`;\n'
    assert [c.text for c in comments(text)] == ["// yes", "/* in */"]
    assert all(c.kind is Kind.COMMENT for c in comments(text))
