"""Regions: what a change may touch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from playground.domain.changes import split_lines
from playground.domain.regions import region_at, region_text

CODE = """import os


class Shop:
    limit = 3

    @property
    def price(self):
        def inner(x):
            return x
        return inner(1)


def long():
{body}
    if os:
        value = 1
        other = 2
"""


def test_a_closure_is_seen_with_what_is_around_it() -> None:
    text = CODE.format(body="    pass")
    region = region_at("a.py", text=text, line=10)
    assert (region.name, region.kind, region.start_line, region.end_line) == (
        "Shop.price",
        "function",
        7,
        11,
    )


def test_a_statement_stands_in_for_a_function_that_is_too_long() -> None:
    text = CODE.format(body="\n".join("    pass" for _ in range(100)))
    region = region_at("a.py", text=text, line=split_lines(text).index("        value = 1\n") + 1)
    assert region.kind == "statement"
    assert region_text(text, region).startswith("    if os:")


@given(st.text(max_size=300), st.integers(1, 400))
def test_any_text_has_a_region_around_any_line(text: str, line: int) -> None:
    region = region_at("a.py", text=text, line=min(line, max(1, len(split_lines(text)))))
    assert 1 <= region.start_line <= region.end_line <= max(1, len(split_lines(text)))
