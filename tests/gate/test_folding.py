"""Folding gives what Python gives, or says that it does not know, and never takes long."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.cheats.folding import UNKNOWN, folded, is_empty, is_fixed_text


def value(code: str, **names: str) -> object:
    known = {name: ast.parse(text, mode="eval").body for name, text in names.items()}
    return folded(ast.parse(code, mode="eval").body, known)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("not True", False),
        ("bool(0)", False),
        ('int("777", 8)', 0o777),
        ("0o700 | 0o070 | 0o007", 0o777),
        ("sum((0o700, 0o077))", 0o777),
        ('"/" + "tmp"', "/tmp"),
        ('".".join(["0", "0"])', "0.0"),
        ("f\"{1}{'a'}\"", "1a"),
        ("-1", -1),
        ('float("inf")', float("inf")),
    ],
)
def test_folded(code: str, result: object) -> None:
    assert value(code) == result


@pytest.mark.parametrize(
    "code",
    [
        "x",
        "f(1)",
        "a.b",
        "'a' * 10**9",
        "2 ** 10",
        "1 / 0",
        "int('x')",
        "'a' + 1",
        "[1, y]",
        "eval('1')",
    ],
)
def test_what_depends_or_is_too_large_is_unknown(code: str) -> None:
    assert value(code) is UNKNOWN


def test_names_bound_to_each_other_end() -> None:
    assert value("a", a="b", b="a") is UNKNOWN
    assert value("a", a="b", b="0") == 0


@given(
    st.recursive(
        st.one_of(st.integers(-50, 50).map(str), st.sampled_from(["True", "False", "None"])),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "|", "&", "^"]), inner).map(
                lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
            ),
            inner.map(lambda part: f"(not {part})"),
            inner.map(lambda part: f"bool({part})"),
            st.lists(inner, max_size=3).map(
                lambda parts: "(" + "".join(p + "," for p in parts) + ")"
            ),
        ),
        max_leaves=8,
    )
)
def test_a_known_value_is_a_constant_of_plain_types(code: str) -> None:
    known = value(code)
    assert known is UNKNOWN or isinstance(known, int | str | float | tuple | dict | None)


@pytest.mark.parametrize("code", ["0", "-1", "''", "'@'", "[]", "()", "{}", "(0, 0)", "False"])
def test_empty(code: str) -> None:
    assert is_empty(ast.parse(code, mode="eval").body, {})


@pytest.mark.parametrize("code", ["None", "1", "'a'", "x", "[1]", "f()", "..."])
def test_not_empty(code: str) -> None:
    assert not is_empty(ast.parse(code, mode="eval").body, {})


@pytest.mark.parametrize(
    ("code", "fixed"),
    [
        ('"a" + "b"', True),
        ('", ".join("?" * len(ids))', True),
        ('"a" if x else "b"', True),
        ('{"a": "b"}[x]', True),
        ('f"{x}"', False),
        ('"a" + x', False),
        ('", ".join(ids)', False),
        ('"a".format(x)', False),
    ],
)
def test_fixed_text(code: str, *, fixed: bool) -> None:
    assert is_fixed_text(ast.parse(code, mode="eval").body, {}) is fixed
