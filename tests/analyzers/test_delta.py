"""Findings are recognised although everything around them moves."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.delta import Delta, match
from playground.domain.findings import Finding, Severity, Span, masked, normalised
from playground.domain.regions import enclosing_symbol
from playground.domain.syntax import parse

PATH = "a.py"
NAMES = ("alpha", "beta", "gamma", "delta")


def scan(text: str) -> list[Finding]:
    """Reports every BAD, as an analyzer would: with lines in the message and ordinals."""
    tree = parse(text)
    seen: Counter[tuple[str, ...]] = Counter()
    findings: list[Finding] = []
    for line, content in enumerate(text.split("\n"), start=1):
        for found in re.finditer("BAD", content):
            symbol = enclosing_symbol(tree, line) if tree else ""
            message = f"BAD on line {line}"
            key = (symbol, masked(message), normalised(content))
            findings.append(
                Finding(
                    tool="words",
                    rule="BAD",
                    message=message,
                    path=PATH,
                    span=Span(line, found.start() + 1, line, found.end() + 1),
                    severity=Severity.NOTE,
                    symbol=symbol,
                    line_text=content,
                    ordinal=seen[key],
                )
            )
            seen[key] += 1
    return findings


def compare(old: str, new: str) -> Delta:
    return match(scan(old), scan(new), old={PATH: old}, new={PATH: new})


bodies = st.lists(
    st.sampled_from(["x = 1", "x = BAD", "y = BAD + BAD", "call(x)", "z = [BAD, x]"]),
    min_size=1,
    max_size=5,
)
programs = st.lists(bodies, min_size=1, max_size=4)


def rendered(program: list[list[str]], *, indent: str = "    ") -> str:
    parts = [
        f"def {name}(x):\n" + "".join(f"{indent}{line}\n" for line in body)
        for name, body in zip(NAMES, program, strict=False)
    ]
    return "\n\n".join(parts)


@given(programs)
def test_nothing_changed_is_nothing_found(program: list[list[str]]) -> None:
    text = rendered(program)
    delta = compare(text, text)
    assert (delta.fixed, delta.added) == ((), ())
    assert len(delta.kept) == text.count("BAD")


@given(programs, st.integers(0, 30), st.integers(1, 5))
def test_inserted_lines_move_findings_and_change_none(
    program: list[list[str]], at: int, count: int
) -> None:
    text = rendered(program)
    lines = text.split("\n")
    at = min(at, len(lines))
    moved = "\n".join([*lines[:at], *[""] * count, *lines[at:]])
    delta = compare(text, moved)
    assert (delta.fixed, delta.added) == ((), ())


@given(programs)
def test_a_renamed_neighbour_and_a_new_indent_change_none(program: list[list[str]]) -> None:
    text = rendered(program)
    delta = compare(text, rendered(program, indent="        ").replace("call(", "call_it("))
    assert (delta.fixed, delta.added) == ((), ())


@given(programs)
def test_functions_in_another_order_change_none(program: list[list[str]]) -> None:
    text = rendered(program)
    blocks = text.split("\n\n")
    delta = compare(text, "\n\n".join(reversed(blocks)))
    assert (delta.fixed, delta.added) == ((), ())


@given(programs, st.integers(0, 50))
def test_a_repaired_finding_is_the_one_that_is_gone(program: list[list[str]], which: int) -> None:
    text = rendered(program)
    places = [m.start() for m in re.finditer("BAD", text)]
    if not places:
        return
    at = places[which % len(places)]
    delta = compare(text, text[:at] + "GOOD" + text[at + 3 :])
    assert len(delta.fixed) == 1
    assert delta.added == ()
    line = text[:at].count("\n") + 1
    tree = parse(text)
    assert tree is not None
    assert delta.fixed[0].symbol == enclosing_symbol(tree, line)


@given(programs, programs)
def test_findings_are_neither_lost_nor_counted_twice(
    before: list[list[str]], after: list[list[str]]
) -> None:
    old, new = rendered(before), rendered(after)
    delta = compare(old, new)
    assert len(delta.fixed) + len(delta.kept) == old.count("BAD")
    assert len(delta.added) + len(delta.kept) == new.count("BAD")


def test_mending_one_and_breaking_another_function_is_seen() -> None:
    old = "def alpha(x):\n    return BAD\n\n\ndef beta(x):\n    return x\n"
    new = "def alpha(x):\n    return x\n\n\ndef beta(x):\n    y = BAD\n    return y\n"
    delta = compare(old, new)
    assert [f.symbol for f in delta.fixed] == ["alpha"]
    assert [f.symbol for f in delta.added] == ["beta"]


def test_findings_of_a_new_file_are_new() -> None:
    text = "x = BAD\n"
    delta = match([], scan(text), old={}, new={PATH: text})
    assert len(delta.added) == 1
