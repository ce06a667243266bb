"""Texts that were made to keep a parser or a comparison busy for hours."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.delta import match
from playground.analyzers.gate.imports import known_imports
from playground.analyzers.mirror import Snapshots
from playground.domain.aligning import matching_blocks, opcodes
from playground.domain.changes import change_between, split_lines, unified_diff
from playground.domain.errors import Refusal
from playground.domain.events import Event
from playground.domain.javascript import blocks, is_balanced
from playground.domain.outlines import outline_of
from playground.domain.runs import Run
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.orchestrator import timed
from playground.security.reading import ReadingRules

CPU_S_MAX = 3.0
MANY = 100_000
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=12)


def patched(base: str, diff: str) -> str:
    """Applies a unified diff by its line numbers alone, as `git apply` would."""
    old, new, cursor, at = split_lines(base), list[str](), 0, 0
    cut = diff.replace("\n\\ No newline at end of file\n", "\0\n").splitlines(keepends=True)
    for line in (text.replace("\0\n", "") for text in cut):
        head = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
        if head:
            start, count = int(head[1]), int(head[2] or 1)
            at = start - 1 if count else start
            new += old[cursor:at]
            assert len(new) == int(head[3]) - (1 if (head[4] or "1") != "0" else 0)
            cursor = at
        elif at >= 0 and line[:1] in " -+" and not line.startswith(("--- ", "+++ ")):
            if line[0] != "+":
                assert old[cursor] == line[1:]
                cursor += 1
            if line[0] != "-":
                new.append(line[1:])
    return "".join([*new, *old[cursor:]])


@given(LINES, LINES, st.booleans(), st.booleans())
def test_a_diff_turns_the_one_text_into_the_other(
    old: list[str], new: list[str], cut_old: bool, cut_new: bool
) -> None:
    before = "".join(old)[: -1 if cut_old else None]
    after = "".join(new)[: -1 if cut_new else None]
    change = change_between("a.py", before=before, after=after)
    assert change.applied_to(before) == after
    assert patched(before, unified_diff(change, before)) == after


@given(LINES, LINES)
def test_lines_that_belong_together_are_equal_and_in_order(old: list[str], new: list[str]) -> None:
    cursor = (0, 0)
    for i, j, size in matching_blocks(old, new):
        assert size > 0
        assert old[i : i + size] == new[j : j + size]
        assert i >= cursor[0]
        assert j >= cursor[1]
        cursor = (i + size, j + size)
    rebuilt = [
        line for tag, _i, _k, j, m in opcodes(old, new) if tag != "delete" for line in new[j:m]
    ]
    assert rebuilt == new


def big_settings(folder: Path, name: str, text: str) -> Callable[[], object]:
    (folder / name).write_text(text)
    return lambda: Snapshots(ReadingRules()).take(folder)


EQUAL = "x = 1\n" * MANY
SLOW: dict[str, Callable[[Path], Callable[[], object]]] = {
    "an import of a long name": lambda _: (
        lambda: known_imports({"a.py": "from " + "a" * MANY + "\n"}, {})
    ),
    "a dotted key in TOML": lambda f: big_settings(f, "pyproject.toml", "a." * MANY + "a=1\n"),
    "short keys below a long header in TOML": lambda f: big_settings(
        f,
        "pyproject.toml",
        "[" + "a." * 900 + "a]\n" + "".join(f"b.c{n}=1\n" for n in range(25_000)),
    ),
    "blanks in an INI file": lambda f: big_settings(
        f, "setup.cfg", "[metadata]\na" + " " * MANY + "b\n"
    ),
    "equal lines with a change at both ends": lambda _: (
        lambda: change_between("a.py", before=EQUAL, after="y = 1\n" + EQUAL[6:-6] + "y = 1\n")
    ),
    "equal lines that all change": lambda _: (
        lambda: change_between(
            "a.py", before="a\n" + EQUAL + "b\n", after="c\n" + EQUAL[: 6 * MANY // 2] + "d\n"
        )
    ),
    "equal lines before and after": lambda _: (
        lambda: match([], [], old={"a.py": "a\n" + EQUAL}, new={"a.py": EQUAL + "a\n"})
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_time_does_not_grow_with_the_square_of_the_size(name: str, tmp_path: Path) -> None:
    work = SLOW[name](tmp_path)
    began = time.process_time()
    work()
    assert time.process_time() - began < CPU_S_MAX


def test_a_costly_settings_file_is_named_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 60\n" + "a." * 900 + "a=1")
    snapshot = Snapshots(ReadingRules()).take(tmp_path)
    assert snapshot.settings.line_length is None
    assert ("pyproject.toml", "is not looked at, because line 3 is too long or nested") in (
        snapshot.skipped
    )


def test_scripts_of_signs_end_soon() -> None:
    began = time.process_time()
    for piece in ("/[", "@a(", "@", "a():", "function(", "a(b):c "):
        text = piece * (20_000 // len(piece))
        is_balanced(text)
        blocks(text)
    assert time.process_time() - began < 2 * CPU_S_MAX


class _Deep(BaseNode):
    """A node that walks a tree that is too deep for the stack."""

    name = "deep"

    def run(self, input_data: Run) -> Event:
        raise RecursionError


def test_a_tree_that_is_too_deep_for_the_stack_is_refused_in_words() -> None:
    run = Run("r", ())
    with pytest.raises(Refusal, match="nested too deeply"):
        timed(_Deep(), run)


def test_thousands_of_findings_on_one_broken_line_take_no_longer_than_few() -> None:
    line = "a = a" + ".b" * 20_000
    outline = outline_of("a.py", text=line + "(")
    began = time.process_time()
    assert len({outline.statement_at(1) for _ in range(5_000)}) == 1
    assert time.process_time() - began < CPU_S_MAX
