"""A process that builds recipes is killed: nothing it said is lost, nothing is half written."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from playground.memory.recipes import RecipeFiles, RecipeState
from playground.memory.recipes.text import read

WRITER = Path(__file__).with_name("recipe_writer.py")
KILLS = 30


@pytest.mark.slow
def test_killed_thirty_times_while_it_builds_recipes(tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    said: set[str] = set()
    for life in range(KILLS):
        command = [sys.executable, str(WRITER), str(folder), str(life * 1_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            time.sleep(life % 11 * 0.0017)
            process.kill()
            lines += process.stdout.readlines()
        said |= {line.strip() for line in lines if line.endswith("\n")}
    shelf = RecipeFiles(folder)
    entries = {entry.recipe.name: entry for entry in shelf.entries()}
    assert len(said) > KILLS
    for word, name in (line.split() for line in said):
        allowed = {RecipeState.ACTIVE, RecipeState.SUPERSEDED}
        assert word == "proposed" or entries[name].state in allowed
        assert name in entries
    for path in folder.glob("*/[0-9]*.yaml"):
        assert read(path.read_text("utf-8"), name=path.name)
    for path in folder.glob("*/*.decided.json"):
        assert path.read_text("utf-8").endswith("}\n")
