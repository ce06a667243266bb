"""Edit shapes: the same for the same edit elsewhere, different for another edit."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.edit_shapes import edit_outline, edit_shape

SAME = [
    ("zip(a, b)", "zip(a, b, strict=True)", "zip(foo.x, y[1])", "zip(foo.x, y[1], strict=True)"),
    ("x == None", "x is None", "items == None", "items is None"),
    ("try:\n f()\nexcept:\n pass", "try:\n f()\nexcept OSError:\n pass",
     "try:\n  g(1)\nexcept:\n  pass", "try:\n  g(1)\nexcept OSError:\n  pass"),
    ("open(p)", "open(p, encoding='utf-8')", "open(name)", "open(name, encoding='utf-8')"),
    ("return a.b + a.b", "return a.c + a.b", "return q.b + q.b", "return q.c + q.b"),
]  # fmt: skip
OTHER = [
    ("x == None", "x is None", "x != None", "x is not None"),
    ("f()", "f(1)", "f()", "f(2)"),
    ("a + b", "a - b", "a + b", "b + a"),
]


@pytest.mark.parametrize(("before", "after", "before_2", "after_2"), SAME)
def test_names_and_places_make_no_difference(
    before: str, after: str, before_2: str, after_2: str
) -> None:
    assert edit_shape(before, after) == edit_shape(before_2, after_2) != ""


@pytest.mark.parametrize(("before", "after", "before_2", "after_2"), OTHER)
def test_other_edits_have_other_shapes(
    before: str, after: str, before_2: str, after_2: str
) -> None:
    assert edit_shape(before, after) != edit_shape(before_2, after_2)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_texts_have_a_shape_of_a_fixed_length(before: str, after: str) -> None:
    assert len(edit_shape(before, after)) in {0, 16}
    assert edit_shape(before, before) == ""


def test_the_outline_reads_as_an_edit() -> None:
    assert edit_outline("x == None\n", "x is None\n") == "-==\n+is"
    assert edit_outline("a = f(b)\n", "a = g(b, b)\n") == "-$1\n+g\n+$2 ,"


def test_long_edits_cost_little_and_have_no_shape() -> None:
    start = time.process_time()
    assert edit_shape("x y " * 5_000, "y x z " * 5_000) == ""
    assert edit_shape("a, " * 30_000 + "1", "a, " * 30_000 + "2") != ""
    assert edit_shape("a " * 1_000, "a b " * 500) == ""
    assert edit_shape("a b a " * 333, "b a b " * 333) == ""
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("quote", ['"', "'", "`", '"""', "'''"])
def test_quotes_without_an_end_cost_little(quote: str) -> None:
    start = time.process_time()
    edit_shape(quote + f"\\{quote}" * 30_000, "x")
    edit_shape(f"\\{quote}\n" * 30_000, "x")
    assert time.process_time() - start < 2.0


def test_an_apostrophe_in_a_comment_is_a_sign() -> None:
    assert edit_outline("a  # don't\nb = 1\n", "a  # don't\nb = 2\n") == "-$1\n+2"
    assert edit_outline("# don't f(x)\n", "# don't g(x)\n") == "-$1\n+g"
