from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.intake import objections
from playground.analyzers.gate.neutralise import neutralise

BASE = "x = 1\n"

NEW_TROUBLE = [
    ("coding", "# coding: utf-7\nx = 1\n"),
    ("coding", "#!/bin/python\n# -*- coding: latin-1 -*-\nx = 1\n"),
    ("coding", "# vim: set fileencoding=raw_unicode_escape :\nx = 1\n"),
    ("bom", "\ufeffx = 1\n"),
    ("control-characters", "x = '\x00'\n"),
    ("control-characters", "x = '\x1b[2J'\n"),
    ("control-characters", "x = '\u2028'\n"),
    ("control-characters", "x = '\x85'\n"),
    ("lone-cr", "x = 1  # a\ry = 2\n"),
    ("line-ends", "x = 1\r\n"),
    ("hidden-characters", "x = '\u202e'\n"),
    ("hidden-characters", "x = 1  # \u2066\n"),
    ("hidden-characters", "x = 'a\u200bb'\n"),
    ("hidden-characters", "x = 'a\ufeffb'\n"),
    ("hidden-characters", "x = '\U000e0041'\n"),
    ("identifiers", "\u0430bc = 1\n"),
    ("identifiers", "\uff45\uff56\uff41\uff4c('1')\n"),
    ("identifiers", "x = f'{\uff45val(1)}'\n"),
    ("identifiers", "def f(): global d\u00e9\n"),
    ("too-large", "x = '''" + "a\n" * 600_000 + "'''\n"),
    ("long-line", "x = '" + "a" * 5_001 + "'\n"),
    ("nesting", "x = " + "(" * 81 + "1" + ")" * 81 + "\n"),
    ("nesting", "x = " + "[" * 20_000 + "\n"),
    ("nesting", "x = " + "-" * 200 + "1\n"),
    ("nesting", "x = " + "not " * 200 + "1\n"),
    ("nesting", "x = " + "1 + " * 300 + "1\n"),
    ("nesting", "x = a" + ".b" * 300 + "\n"),
    ("syntax", "def f(:\n"),
    ("syntax", "x = a\n" + ".b" * 50 + "\n"),
    ("last-newline", "x = 1"),
    ("encoding", "x = '\ud800'\n"),
]


@pytest.mark.parametrize(("code", "after"), NEW_TROUBLE)
def test_new_trouble_is_refused(code: str, after: str) -> None:
    assert f"intake:{code}" in {objection.code for objection in objections(BASE, after)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# coding: ascii\nx = 'e'\n", "# coding: ascii\nx = '\u00e9'\n"),
        ("x = '\u00e9'\n", "# coding: us-ascii\nx = '\u00e9'\n"),
        ("# coding: latin-1\nx = 'e'\n", "# coding: latin-1\nx = '\u00e9'\n"),
        ("\ufeffx = 1\n", "\ufeff# coding: ascii\nx = 1\n"),
    ],
)
def test_a_declared_encoding_that_cannot_hold_the_text_is_refused(before: str, after: str) -> None:
    assert [o.code for o in objections(before, after)] == ["intake:coding"]
    assert objections(before, before.replace("x", "z")) == []


@pytest.mark.parametrize(("code", "after"), NEW_TROUBLE)
def test_what_was_there_before_is_not_held_against_a_change(code: str, after: str) -> None:
    later = after.replace("x", "z", 1)
    found = {objection.code for objection in objections(after, later)}
    assert found <= {"intake:encoding"}, code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2\r\n"),
        ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
        ("x = 1\ny = 2\n", "x = 1\r\ny = 2\n"),
    ],
)
def test_line_ends_are_kept(before: str, after: str) -> None:
    assert [objection.code for objection in objections(before, after)] == ["intake:line-ends"]


@pytest.mark.parametrize(
    "after",
    [
        "x = 2\n",
        "# coding: utf-8\nx = 1\n",
        "x = 1\n\n\ndef f():\n\treturn '\u00e9'\n",
        "# " + "=" * 150 + "\nx = 1\n",
        "x = '\u2014 \u4e2d\u6587 \U0001f600'\n",
        "x = 1\x0c\n",
    ],
)
def test_ordinary_changes_pass(after: str) -> None:
    assert objections(BASE, after) == []


def test_crlf_files_may_change() -> None:
    assert objections("x = 1\r\ny = 2\r\n", "x = 3\r\ny = 2\r\n") == []


def test_a_new_file_must_parse_and_a_broken_one_may_stay_broken() -> None:
    assert [o.code for o in objections(None, "def f(:\n")] == ["intake:syntax"]
    assert objections("def f(:\n", "def g(:\n") == []
    assert objections("def f(:\n", "def f():\n    pass\n") == []


def test_other_files_need_not_be_python() -> None:
    assert objections("# a\n", "# a (b\n", language="") == []
    assert objections("# a\n", "# \u202e\n", language="") != []


@given(st.one_of(st.none(), st.text(max_size=200)), st.text(max_size=200))
def test_nothing_raises(before: str | None, after: str) -> None:
    objections(before, after)


@given(st.text(max_size=200))
def test_no_change_is_no_trouble(text: str) -> None:
    assert {o.code for o in objections(text, text)} <= {"intake:encoding"}


@given(st.text(alphabet="x=1 #noqa\n'\"", max_size=60))
def test_neutralised_text_is_no_trouble(text: str) -> None:
    found = {o.code for o in objections(text, neutralise(text))}
    assert found <= set()
