"""Edits of hostile files and from hostile answers: the right place or none, and never slowly."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import pairwise

import pytest
from gbnf import pattern_of
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.orchestrator.answers import Unreadable, code_in, files_in
from playground.orchestrator.edits.blocks import BadEdit, Edit, applied, edits_in
from playground.orchestrator.edits.grammar import edits_grammar
from playground.orchestrator.edits.lines import DIVIDER, REPLACE, SEARCH, lines_of
from playground.orchestrator.edits.places import named_places
from playground.orchestrator.edits.renames import rename_in, renamed_places
from playground.orchestrator.edits.standing import Standing

SECONDS_MAX = 25.0
"""What took minutes takes a fraction of a second; the rest is room for slow machines."""


def block(search: str, replace: str) -> str:
    return f"{SEARCH}\n{search}{DIVIDER}\n{replace}{REPLACE}\n"


def test_a_path_with_blanks_is_not_taken_for_the_file_before_it() -> None:
    bases = {"a.py": "a = 1\nb = 1\n", "my b.py": "b = 1\n"}
    answer = "FILE: a.py\n" + block("a = 1\n", "a = 2\n")
    answer += "FILE: {}\n" + block("b = 1\n", "b = 2\n")
    for told in ("my b.py", "`my b.py`", "./my b.py"):
        after = files_in(answer.format(told), bases=bases, may_create=False)
        assert after == {"a.py": "a = 2\nb = 1\n", "my b.py": "b = 2\n"}
    with pytest.raises(Unreadable, match=r"changes your b\.py, which is not in scope"):
        files_in(answer.format("your b.py"), bases=bases, may_create=False)


def test_a_line_of_code_that_looks_like_a_heading_is_code() -> None:
    bases = {"a.py": "# FILE: b.py\na = 1\n", "b.py": "a = 1\n", "new.py": None}
    edit = block("# FILE: b.py\na = 1\n", "# FILE: b.py\nFILE: b.py\na = 2\n")
    answer = f"FILE: a.py\n{edit}FILE: new.py\n```\nTEXT = '''\nFILE: b.py\n'''\n```\n"
    assert files_in(answer, bases=bases, may_create=False) == {
        "a.py": "# FILE: b.py\nFILE: b.py\na = 2\n",
        "new.py": "TEXT = '''\nFILE: b.py\n'''\n",
    }


def test_a_heading_is_read_where_a_block_was_left_open_or_holds_all() -> None:
    bases = {"a.py": "a = 1\n", "b.py": None, "c.py": None}
    edit = "FILE: a.py\n" + block("a = 1\n", "a = 2\n")
    new = "FILE: {}\n```python\nx = 1\n"
    for answer in (
        f"{edit}{new.format('b.py')}{new.format('c.py')}```\n",
        f"{edit}{new.format('b.py')}```\n\n**FILE: `c.py`**\n```python\nx = 1\n```",
    ):
        after = files_in(answer, bases=bases, may_create=False)
        assert after == {"a.py": "a = 2\n", "b.py": "x = 1\n", "c.py": "x = 1\n"}
    assert files_in(f"```\n{edit}```\n", bases=bases, may_create=False) == {"a.py": "a = 2\n"}


@pytest.mark.parametrize(
    ("base", "after"),
    [
        ("a = 1\r\nb = 1", "a = 1\r\nb = 2"),
        ("a = 1\r\nb = 1\r\n", "a = 1\r\nb = 2\r\n"),
        ("b = 1\r\na = 1", "b = 2\r\na = 1"),
    ],
)
def test_no_lone_carriage_return_is_left_at_the_end(base: str, after: str) -> None:
    assert applied(base, [Edit(("b = 1",), ("b = 2",))], path="a.py") == after
    gone = applied(base, [Edit(("b = 1",), ())], path="a.py")
    assert "\r" not in gone.replace("\r\n", "")


LINES = [
    "", "x = 1", "  x = 1", "x = '\\\"'", "\tx = 1", "x = 'ä\u2028'", "# FILE: b.py", "FILE: b.py",
    SEARCH, DIVIDER, REPLACE, "```", "x = 1\x0c", "y = 2",
]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.data(),
)
def test_whatever_the_grammar_allows_is_read_and_changes_just_what_it_shows(
    lines: list[str], newline: str, ended: bool, data: st.DataObject
) -> None:
    base = newline.join(lines) + (newline if ended else "")
    files: dict[str, str | None] = {"my a.py": base, "b.py": "z = 1\n"}
    grammar = edits_grammar(
        files, first=[], visible={"my a.py": range(len(lines_of(base))), "b.py": [0]}
    )
    pattern = re.compile(pattern_of(grammar).replace("{0,40}", "{0,2}"))
    answer = data.draw(st.from_regex(pattern, fullmatch=True))
    edits = {path: edits_in("".join(_told(answer, path=path))) for path in files}
    if any(_overlap(lines_of(files[path] or ""), found) for path, found in edits.items()):
        with pytest.raises(Unreadable, match="change the same lines"):
            files_in(answer, bases=files, may_create=False)
        return
    after = files_in(answer, bases=files, may_create=False)
    assert set(after) <= set(files)
    for path, text in after.items():
        wanted = _replaced(lines_of(files[path] or ""), edits[path])
        assert [line.removesuffix("\r") for line in lines_of(text)] == wanted


def _told(answer: str, *, path: str) -> list[str]:
    """Returns the edits of a file in an answer that the grammar made."""
    form = rf"FILE: {re.escape(path)}\n({SEARCH}\n[^\0]*?^{REPLACE}\n)"
    return [str(edit) for edit in re.findall(form, answer, re.MULTILINE)]


def _spans(lines: list[str], edits: list[Edit]) -> list[tuple[int, int, Edit]]:
    """Returns where those edits stand that change anything, the last one first."""
    spans: list[tuple[int, int, Edit]] = []
    for edit in dict.fromkeys(edits):
        size = len(edit.search)
        (at,) = [n for n in range(len(lines)) if tuple(lines[n : n + size]) == edit.search]
        spans += [(at, at + size, edit)] if edit.search != edit.replace else []
    return sorted(spans, key=lambda span: -span[0])


def _overlap(lines: list[str], edits: list[Edit]) -> bool:
    spans = _spans(lines, edits)
    return any(late[0] < early[1] for late, early in pairwise(spans))


def _replaced(lines: list[str], edits: list[Edit]) -> list[str]:
    for start, end, edit in _spans(lines, edits):
        lines = [*lines[:start], *edit.replace, *lines[end:]]
    return lines


RUNS = st.lists(st.sampled_from("ab"), min_size=1, max_size=24)


@given(RUNS, st.data())
def test_where_lines_stand_is_told_as_by_comparing_all(
    lines: list[str], data: st.DataObject
) -> None:
    standing = Standing(lines)
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start + 1, len(lines)))
    for run in (lines[start:end], data.draw(RUNS), ["c"]):
        wanted = [n for n in range(len(lines)) if lines[n : n + len(run)] == run]
        assert standing.places(run) == wanted
    assert standing.is_only(start, end=end) == (len(standing.places(lines[start:end])) == 1)


MANY = 1_500
SAME = "x = 1\n" * MANY


def renamed(text: str) -> object:
    files: Mapping[str, str | None] = {"a.py": text}
    rename = rename_in("rename old to new", files=files)
    assert rename is not None
    return renamed_places(rename, files=files)


SLOW: dict[str, Callable[[], object]] = {
    "a grammar": lambda: edits_grammar({"a.py": SAME}, first=[], visible={"a.py": range(MANY)}),
    "places": lambda: named_places("let run be", files={"a.py": "def run(): ...\n" * 3 * MANY}),
    "a rename": lambda: renamed("old = 1\n" + "".join(f"a{n} = old\n" for n in range(3 * MANY))),
    "a rename in equal lines": lambda: renamed("old = 1\n" + "b = old\n" * 3 * MANY),
    "blocks": lambda: code_in("```a\n" * 6 * MANY),
    "headings": lambda: files_in("\n" * 60 * MANY, bases={"a.py": ""}, may_create=False),
    "edits": lambda: applied(
        "x\n" * 10 * MANY, [Edit(("x",) * 5 * MANY, ("y", str(n))) for n in range(9)], path="a.py"
    ),
}


@pytest.mark.parametrize("what", SLOW)
def test_nothing_takes_the_square_of_its_size(what: str) -> None:
    began = time.process_time()
    with suppress(Unreadable, BadEdit):
        SLOW[what]()
    assert time.process_time() - began < SECONDS_MAX
