"""Regions: what a change may touch."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from playground.domain.changes import split_lines
from playground.domain.regions import region_at, region_text
from playground.domain.syntax import parse
from playground.orchestrator.answers import rewritten

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


METHODS = "".join(f"\n    def m{n}(self):\n        return {n}\n" for n in range(40))
STEPS = "".join(f"    step_{n} = value\n" for n in range(120))
LONG = f'''import os

# Everything that is sold.
@final
class Shop(Base):
    """A shop.

    It has what shops have.
    """

    limit = 3
{METHODS}

def long(
    value=[],
):
    """Takes steps."""
{STEPS}
first = 1
# second = 2
third = 3
'''


def _at(line: str) -> tuple[str, str, str]:
    region = region_at("a.py", text=LONG, line=split_lines(LONG).index(line) + 1)
    text = region_text(LONG, region)
    assert line in text
    assert parse(textwrap.dedent(text)) is not None, "no model can rewrite half of a statement"
    return region.kind, region.name, text


def test_the_head_of_a_class_that_is_too_long_brings_the_beginning_of_its_block() -> None:
    kind, name, text = _at("class Shop(Base):\n")
    assert (kind, name) == ("class", "Shop")
    assert text.startswith("@final\nclass Shop")
    assert text.endswith("return 2\n"), "whole methods, and few"


def test_the_head_of_a_function_that_is_too_long_brings_its_first_statements() -> None:
    kind, name, text = _at("    value=[],\n")
    assert (kind, name) == ("function", "long")
    assert text.startswith("def long(\n")
    assert text.endswith("    step_12 = value\n")


def test_a_comment_between_statements_brings_those_around_it() -> None:
    kind, name, text = _at("# second = 2\n")
    assert (kind, name) == ("statement", "")
    assert text == "first = 1\n# second = 2\nthird = 3\n"


def test_a_comment_in_a_long_block_brings_its_neighbours() -> None:
    changed = LONG.replace("    step_60 = value\n", "    # step_60 = value\n")
    line = split_lines(changed).index("    # step_60 = value\n") + 1
    region = region_at("a.py", text=changed, line=line)
    assert region_text(changed, region).startswith("    step_52 = value\n")
    assert region_text(changed, region).endswith("    step_68 = value\n")


def test_a_docstring_without_end_leaves_a_window() -> None:
    long = LONG.replace("It has", "It has\n" * 90)
    region = region_at("a.py", text=long, line=split_lines(long).index("class Shop(Base):\n") + 1)
    assert (region.kind, region.name) == ("statement", "")


def test_the_beginning_of_a_long_class_is_rewritten_alone() -> None:
    line = split_lines(LONG).index("class Shop(Base):\n") + 1
    region = region_at("a.py", text=LONG, line=line)
    answer = region_text(LONG, region).replace("limit = 3", "limit: int = 3")
    after = rewritten(LONG, region=region, answer=f"```python\n{answer}```\n")
    assert after == LONG.replace("limit = 3", "limit: int = 3")
