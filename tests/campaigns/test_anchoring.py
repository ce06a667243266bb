"""Findings that look alike are found again by their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from playground.campaigns.anchoring import anchored
from playground.domain.findings import Finding, Severity, Span


def alike(*lines: int, message: str = "m") -> list[Finding]:
    """Returns findings that agree in all but their places."""
    spans = [Span(line, 1, line, 5) for line in lines]
    return [
        Finding("ruff", "X001", message, "a.py", span, Severity.ERROR, "f", "x = 'BAD'", number)
        for number, span in enumerate(spans)
    ]


def lines_of(findings: Sequence[Finding | None]) -> list[int | None]:
    return [finding and finding.span.start_line for finding in findings]


def test_the_second_is_still_there_when_the_first_was_repaired() -> None:
    first, second = alike(10, 20)
    assert lines_of(anchored([second], alike(20))) == [20]
    assert lines_of(anchored([first, second], alike(20))) == [None, 20]
    assert lines_of(anchored([first], alike(10, 20))) == [10]


def test_what_was_given_up_before_is_not_taken_for_it() -> None:
    *_, third = alike(10, 20, 30)
    assert lines_of(anchored([third], alike(10, 30))) == [30]


def test_others_do_not_count() -> None:
    assert anchored(alike(10), alike(10, message="another")) == [None]
    assert anchored([], alike(10)) == []


@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=7, unique=True).map(sorted),
    st.data(),
)
def test_those_that_are_left_are_found_where_they_moved(
    lines: list[int], data: st.DataObject
) -> None:
    moved = data.draw(st.integers(0, 400))
    left = data.draw(st.lists(st.sampled_from(lines), unique=True).map(sorted))
    found = anchored(alike(*lines), alike(*(line + moved for line in left)))
    assert len([one for one in found if one is not None]) == len(left)
    if len(left) == len(lines):
        assert lines_of(found) == [line + moved for line in lines]
    if not moved:
        assert lines_of(found) == [line if line in left else None for line in lines]


def test_of_several_on_one_line_the_column_tells() -> None:
    first, second = alike(10, 10)
    second = replace(second, span=Span(10, 20, 10, 25))
    now = [replace(each, span=replace(each.span, start_line=13)) for each in (first, second)]
    assert anchored([second], now) == [now[1]]
    assert anchored([first], now) == [now[0]]
