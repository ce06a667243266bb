from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.domain.errors import BadInput, Unavailable
from playground.plugins import adapters, load


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package whose modules would shout if they were imported."""
    folder = tmp_path / "planted_kinds"
    (folder / "support").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "support" / "__init__.py").write_text("raise RuntimeError")
    (folder / "good.py").write_text('"""Does good.\n\nMore."""\nVALUE = 1\n')
    (folder / "bomb.py").write_text('"""Goes off."""\nraise RuntimeError("imported")\n')
    (folder / "late.py").write_text('"""Breaks late."""\ndef (:\n')
    (folder / "lacking.py").write_text("import no_such_thing_anywhere\n")
    (folder / "broken.py").write_text("def (:\n")
    (folder / "_hidden.py").write_text("")
    (folder / "notes.txt").write_text("no module")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield "planted_kinds"
    for name in [n for n in sys.modules if n.partition(".")[0] == "planted_kinds"]:
        del sys.modules[name]


def test_lists_modules_by_file_name_without_importing(package: str) -> None:
    found = adapters(package)
    assert list(found) == ["bomb", "broken", "good", "lacking", "late"]
    assert found["good"].summary == "Does good."
    assert found["good"].module == "planted_kinds.good"
    assert found["broken"].summary == ""
    assert found["late"].summary == "Breaks late."
    assert "planted_kinds.bomb" not in sys.modules


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# only a comment\n",
        "#!/usr/bin/env python\n# coding: utf-8\n\n'Said.'\n",
        '"""Said"""; VALUE = 1\n',
        "'Sa' 'id.'\n",
        "'Sa' \\\n'id.'\n",
        "('Said.')\n",
        "('Said.'\n'More.')\n",
        "'Sa' + 'id.'\n",
        "b'Said.'\n",
        "f'Said.'\n",
        'r"""\\d\u2028 Said.\r\nMore."""\r\nVALUE = 1\r\n',
        "if True:\n    'Said.'\n",
        "VALUE = 1\n'Said.'\n",
    ],
)
def test_the_summary_is_the_first_line_of_the_docstring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    (tmp_path / "planted_words").mkdir()
    (tmp_path / "planted_words" / "one.py").write_text(source, encoding="utf-8", newline="")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    said = ast.get_docstring(ast.parse(source.replace("\r\n", "\n"))) or ""
    assert adapters("planted_words")["one"].summary == said.strip().partition("\n")[0]


def test_loads_one_by_name(package: str) -> None:
    assert vars(load(package, name="good"))["VALUE"] == 1


@pytest.mark.parametrize("name", ["_hidden", "support", "nothing", "", "../good", "good.VALUE"])
def test_unknown_name_lists_the_known(package: str, name: str) -> None:
    with pytest.raises(BadInput, match="bomb, broken, good, lacking, late"):
        load(package, name=name)


def test_missing_requirement_is_unavailable_and_named(package: str) -> None:
    with pytest.raises(Unavailable, match="no_such_thing_anywhere"):
        load(package, name="lacking")


@pytest.mark.parametrize("name", ["no_such_package_here", "no_such.package", "", "json.decoder"])
def test_no_package(name: str) -> None:
    with pytest.raises(BadInput):
        adapters(name)
