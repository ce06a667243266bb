from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from surface_stage import Terminal

from playground.surfaces.rendering.screen import Screen, Streams
from playground.surfaces.rendering.tables import table

WORD = st.text("abcdefghij-", min_size=1, max_size=12)
CELL = st.lists(WORD, min_size=0, max_size=4).map(" ".join)


def printed(rows: list[tuple[str, ...]], *, columns: int | None, terminal: bool = True) -> str:
    out = Terminal() if terminal else io.StringIO()
    made = table("rule", "gave up", "work", numbers=("gave up", "work"))
    for row in rows:
        made.add_row(*row)
    Screen(Streams(io.StringIO(), out, io.StringIO()), columns=columns).show(made)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


def test_a_wide_screen_gets_a_table() -> None:
    assert printed([("E711", "8", "5.8 s")], columns=80) == (
        "rule gave up  work\nE711       8 5.8 s\n"
    )


def test_a_narrow_one_gets_paragraphs_without_broken_words() -> None:
    rows = [("reportAttributeAccessIssue", "8", "5.8 s"), ("E711", "", "1 s")]
    assert printed(rows, columns=30) == (
        "reportAttributeAccessIssue\n  gave up 8 · work 5.8 s\nE711\n  work 1 s\n"
    )


def test_a_number_stays_on_the_line_of_its_heading() -> None:
    row = ("reportAttributeAccessIssue", "11 of 12", "5.8 s")
    assert printed([row], columns=26) == (
        "reportAttributeAccessIssue\n  gave up 11 of 12\n  work 5.8 s\n"
    )


@given(st.lists(st.tuples(WORD, CELL, CELL), max_size=4), st.sampled_from([40, 80, 200]))
def test_no_word_is_broken_and_no_line_is_too_wide(
    rows: list[tuple[str, str, str]], columns: int
) -> None:
    shown = printed(list(rows), columns=columns)
    assert all(len(line) <= columns for line in shown.splitlines())
    assert all(line == line.rstrip() for line in shown.splitlines())
    words = shown.split()
    assert all(word in words for row in rows for cell in row for word in cell.split())


@pytest.mark.parametrize("size", [10, 700])
def test_a_pipe_gets_a_line_for_each_row_and_no_blanks_at_its_end(size: int) -> None:
    text = "x " * size + "y"
    assert printed([(text, "1", "2")], columns=None, terminal=False).splitlines()[1] == (
        f"{text}       1    2"
    )
