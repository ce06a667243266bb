"""Edits: any answer is read or refused, and grammars allow what can be applied and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from gbnf import accepts
from hypothesis import given
from hypothesis import strategies as st

from playground.orchestrator.answers import Unreadable, files_in
from playground.orchestrator.edits.blocks import BadEdit, Edit, applied
from playground.orchestrator.edits.grammar import edits_grammar
from playground.orchestrator.edits.lines import DIVIDER, REPLACE, SEARCH, lines_of
from playground.orchestrator.edits.places import named_places

SHOP = """\
import math
from decimal import Decimal

LIMIT = 3


class Item:
    name: str

    def label(self) -> str:
        return self.name

    def price(self) -> Decimal:
        return Decimal(1)


def total(items: list[Item]) -> Decimal:
    return sum((i.price() for i in items), Decimal(0))
"""
BASES: Mapping[str, str | None] = {"shop.py": SHOP, "other.py": "x = 1\n", "new.py": None}


def block(search: str, replace: str) -> str:
    return f"{SEARCH}\n{search}{DIVIDER}\n{replace}{REPLACE}\n"


def read(answer: str) -> dict[str, str]:
    return files_in(answer, bases=BASES, may_create=False)


def test_edits_change_the_lines_that_they_name_and_no_other() -> None:
    one = "FILE: shop.py\n" + block("LIMIT = 3\n", "LIMIT = 4\n")
    assert read(one) == {"shop.py": SHOP.replace("LIMIT = 3", "LIMIT = 4")}
    two = one + "FILE: other.py\n" + block("x = 1\n", "x = 1\ny = 2\n")
    again = two + "FILE: ./shop.py\n" + block("import math\n", "")
    after = read(again)
    assert after["other.py"] == "x = 1\ny = 2\n"
    assert after["shop.py"] == SHOP.replace("LIMIT = 3", "LIMIT = 4").replace("import math\n", "")


@pytest.mark.parametrize(
    "frame",
    ["```python\n{}```\n", "Sure:\n\n{}\nDone.", "````\n{}````\n"],
)
def test_what_models_write_around_edits_is_not_read(frame: str) -> None:
    plain = block("LIMIT = 3\n", "LIMIT = 4\n")
    marked = plain.replace(SEARCH, "<<<<<<<").replace(REPLACE, ">>>>>>> ")
    for text in (plain, marked, plain.replace("\n", "\r\n")):
        assert read("FILE: shop.py\n" + frame.format(text)) == {
            "shop.py": SHOP.replace("LIMIT = 3", "LIMIT = 4")
        }


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("FILE: shop.py\n" + block("LIMIT = 5\n", "LIMIT = 4\n"), "not in shop.py"),
        ("FILE: shop.py\n" + block("    return self.name\n", ""), "not in shop.py"),
        ("FILE: shop.py\n" + block("\n", ""), "stand 7 times in shop.py"),
        ("FILE: shop.py\n" + block("", "x = 1\n"), "does not say which lines"),
        (
            "FILE: shop.py\n" + block("LIMIT = 3\n", "a\n") + block("LIMIT = 3\n", "b\n"),
            "change the same lines",
        ),
        ("FILE: shop.py\n" + f"{SEARCH}\nLIMIT = 3\n", "without its divider"),
        ("FILE: shop.py\n" + f"{SEARCH}\nLIMIT = 3\n{DIVIDER}\nx\n", "without its end"),
        ("FILE: shop.py\n" + f"{SEARCH}\n{SEARCH}\n{DIVIDER}\n", "without its divider"),
        ("FILE: etc/passwd\n" + block("root\n", ""), "not in scope"),
        (block("LIMIT = 3\n", "LIMIT = 4\n"), "which file"),
        ("FILE: new.py\n" + block("x = 1\n", "x = 2\n"), "not in new.py"),
    ],
)
def test_edits_that_cannot_be_meant_are_refused(answer: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(answer)


def test_a_new_file_is_one_edit_of_nothing_or_a_block() -> None:
    assert read("FILE: new.py\n" + block("", "x = 1\n")) == {"new.py": "x = 1\n"}
    assert read("FILE: new.py\n```python\nx = 1\n```\n") == {"new.py": "x = 1\n"}


def test_an_edit_that_changes_nothing_or_stands_twice_counts_for_nothing() -> None:
    same = block("LIMIT = 3\n", "LIMIT = 3\n")
    other = block("LIMIT = 3\n", "LIMIT = 4\n")
    assert read("FILE: shop.py\n" + same) == {"shop.py": SHOP}
    assert read("FILE: shop.py\n" + same + other * 2) == {
        "shop.py": SHOP.replace("LIMIT = 3", "LIMIT = 4")
    }


def test_line_ends_stay_as_they_are() -> None:
    base = "a = 1\r\nb = 2\r\nc = 3"
    edits = [Edit(("b = 2",), ("b = 3", "d = 4"))]
    assert applied(base, edits, path="a.py") == "a = 1\r\nb = 3\r\nd = 4\r\nc = 3"


@pytest.mark.parametrize("spaces", [3, 5, 8])
def test_a_lost_space_at_the_beginning_is_no_other_code(spaces: int) -> None:
    base, own = "def one(n):\n    n += 1\n    return n\n", " " * spaces
    answer = block("    return n\n", f"{own}if n:\n{own}    n += 2\n{own}return n\n")
    after = files_in("FILE: a.py\n" + answer, bases={"a.py": base}, may_create=False)
    wanted = "    if n:\n        n += 2\n    return n\n"
    assert after["a.py"] == base.replace("    return n\n", wanted)


LINES = st.text(alphabet="ab <=>-`\t", max_size=9) | st.sampled_from(
    [SEARCH, DIVIDER, REPLACE, "FILE: a.py", "FILE: b.py", "```", "a = 1", "b = 2"]
)


@given(st.lists(LINES, max_size=14), st.booleans())
def test_any_text_is_read_or_refused(lines: list[str], newline: bool) -> None:
    bases: dict[str, str | None] = {"a.py": "a = 1\nb = 2\na = 1\n", "b.py": None}
    answer = "\n".join(lines) + "\n" * newline
    try:
        after = files_in(answer, bases=bases, may_create=False)
    except Unreadable:
        return
    assert set(after) <= set(bases)


FILES = st.lists(st.sampled_from(["a", "b", "", "  a", "=", "c\\\"'"]), min_size=1, max_size=7)


@given(FILES, st.data())
def test_what_is_applied_is_what_was_shown(lines: list[str], data: st.DataObject) -> None:
    """Every edit that is taken replaces just the lines that it shows, wherever they stand once."""
    base = "\n".join(lines) + "\n"
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start + 1, len(lines)))
    new = data.draw(st.lists(st.sampled_from(["x", "a", ""]), max_size=3))
    edit = Edit(tuple(lines[start:end]), tuple(new))
    size = end - start
    places = [i for i in range(len(lines)) if tuple(lines[i : i + size]) == edit.search]
    if len(places) == 1 or edit.search == edit.replace:
        expected = [*lines[:start], *new, *lines[end:]]
        assert applied(base, [edit], path="a") == "".join(f"{line}\n" for line in expected)
    else:
        with pytest.raises(BadEdit, match="times"):
            applied(base, [edit], path="a")


def test_places_are_those_that_the_goal_names() -> None:
    script = "export function half(n: number) {\n  return n / 2;\n}\n"
    files = {"shop.py": SHOP, "new.py": None, "a.ts": script}

    def named(goal: str) -> list[str]:
        return [place.name for place in named_places(goal, files=files)]

    assert named("raise LIMIT, let `label` of Item say more, and half(2)") == [
        "Item.label",
        "half",
    ]
    assert named("give Item a colour") == ["Item"]
    assert named("make it faster, as totals say") == []
    (total,) = named_places("let total round", files=files)
    assert lines_of(SHOP)[total.start].startswith("def total(")


def answer_with(path: str, *, search: list[str], replace: list[str]) -> str:
    told = "".join(f"{line}\n" for line in search), "".join(f"{line}\n" for line in replace)
    return f"FILE: {path}\n{block(*told)}"


@given(FILES, st.data())
def test_the_grammar_allows_just_the_edits_that_can_be_applied(
    lines: list[str], data: st.DataObject
) -> None:
    files = {"a.py": "\n".join(lines) + "\n"}
    lines = lines_of(files["a.py"])
    visible = sorted(data.draw(st.sets(st.integers(0, len(lines) - 1))))
    grammar = edits_grammar(files, first=[], visible={"a.py": visible})
    search = data.draw(st.lists(st.sampled_from([*lines, "z"]), max_size=4))
    if data.draw(st.booleans()):
        start = data.draw(st.integers(0, len(lines) - 1))
        search = lines[start : data.draw(st.integers(start, len(lines)))]
    replace = data.draw(
        st.lists(st.sampled_from(["x", "", ">>> x", "\tä", "= 1", "<="]), max_size=3)
    )
    answer = answer_with("a.py", search=search, replace=replace)
    places = [i for i in range(len(lines)) if lines[i : i + len(search)] == search]
    shown = len(places) == 1 and {*range(places[0], places[0] + len(search))} <= set(visible)
    assert accepts(grammar, answer) == (bool(search) and shown)
    assert not accepts(grammar, answer.replace("FILE: a.py", "FILE: b.py"))
    assert not accepts(grammar, answer + "more\n")
    if accepts(grammar, answer):
        after = files_in(answer, bases=dict(files), may_create=False)
        start = places[0]
        assert lines_of(after["a.py"]) == [*lines[:start], *replace, *lines[start + len(search) :]]


def test_places_that_are_named_get_their_edit_before_any_other() -> None:
    files = {"shop.py": SHOP, "other.py": "x = 1\ny = 2\n"}
    first = named_places("let label and total of Item be short", files=files)
    visible = {"shop.py": range(len(lines_of(SHOP))), "other.py": range(1)}
    grammar = edits_grammar(files, first=first, visible=visible)
    label = answer_with(
        "shop.py", search=["        return self.name"], replace=["        return ''"]
    )
    total = answer_with("shop.py", search=lines_of(SHOP)[-2:], replace=["total = sum"])
    limit = answer_with("shop.py", search=["LIMIT = 3"], replace=[])
    other = answer_with("other.py", search=["x = 1"], replace=["x = 2"])
    for good in (label + total, label + total + limit, label + total + other * 2 + limit):
        assert accepts(grammar, good)
        assert read(good)["shop.py"] != SHOP
    for bad in (label, total + label, limit + label + total, label * 2 + total):
        assert not accepts(grammar, bad)
    assert not accepts(grammar, label + total + other.replace("x", "y").replace("1", "2"))


def test_a_new_file_is_written_whole() -> None:
    files = {"shop.py": SHOP, "new.py": None}
    grammar = edits_grammar(files, first=[], visible={"shop.py": [3]})
    edit = answer_with("shop.py", search=["LIMIT = 3"], replace=["LIMIT = 4"])
    answer = edit + "FILE: new.py\n```\nx = 1\n\ny = 2\n```\n"
    assert accepts(grammar, answer)
    assert read(answer)["new.py"] == "x = 1\n\ny = 2\n"
    assert not accepts(grammar, edit)
    assert not accepts(grammar, answer.replace("new.py", "../new.py"))


def test_grammars_stay_small_for_long_files() -> None:
    text = "".join(
        f"def task_{n}(value: int) -> int:\n    return {n} + value\n" for n in range(750)
    )
    grammar = edits_grammar({"long.py": text}, first=[], visible={"long.py": range(1_500)})
    assert len(grammar) < 5 * len(text)
    assert edits_grammar({"long.py": text}, first=[], visible={"long.py": []}) == ""
