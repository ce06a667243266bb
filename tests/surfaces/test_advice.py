"""Commands that a person is shown can be given to a shell as they are."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from surface_stage import World, words

from playground.domain.advice import command
from playground.surfaces.terminal import main

SOURCES = Path(__file__).resolve().parents[2] / "src" / "playground"
_FILLED_IN = re.compile(r"`playground [^`]*\0")


@given(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), max_size=3))
def test_a_shell_reads_what_was_meant(paths: list[str]) -> None:
    shown = command("improve", paths=paths)
    read = shlex.split(shown[1:-1])
    assert read[:2] == ["playground", "improve"]
    assert [Path(path) for path in read[2:]] == [Path(path) for path in paths]
    assert not any(path.startswith("-") for path in read[2:])


def test_a_path_with_a_blank_is_quoted_where_a_way_out_is_named(tmp_path: Path) -> None:
    world = World(tmp_path, {"my file.py": "x = 'BAD'\n"})
    main(["improve", "my file.py:9"], stage=world.stage(None))
    assert "`playground check 'my file.py'` lists" in words(world.err).replace("\n", " ")
    main(["improve", ".", "--apply", "never"], stage=world.stage(None))
    (world.root / "my file.py").write_text("x = 1\n", encoding="utf-8")
    main(["review"], stage=world.stage("a\n"))
    assert "`playground improve 'my file.py'` looks" in words(world.err).replace("\n", " ")


def unquoted(text: str) -> Iterator[str]:
    """Yields the f-strings that fill something into a command by themselves."""
    if "playground " not in text:  # most files say no command, and need not be parsed
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            parts = [
                str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values
            ]
            if _FILLED_IN.search("".join(parts)):
                yield ast.unparse(node)


def test_nothing_is_filled_into_a_command_unquoted() -> None:
    found = [each for path in SOURCES.rglob("*.py") for each in unquoted(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "planted", ["f'see `playground show {x}`'", "f'`playground check {a} {b}`.'"]
)
def test_the_search_finds_one(planted: str) -> None:
    assert list(unquoted(planted))
