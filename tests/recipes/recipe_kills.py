"""Kills a process that builds recipes, again and again, and looks what is left."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from playground.domain.errors import BadInput
from playground.memory.recipes import RecipeFiles, RecipeState
from playground.memory.recipes.text import read

WRITER = Path(__file__).with_name("recipe_writer.py")
_IN_USE = frozenset({RecipeState.ACTIVE, RecipeState.SUPERSEDED})


@dataclass
class RecipeKills:
    """What a number of kills did; the process never rests, so each hits it at work.

    Attributes:
        kills: how often the process was killed.
        kept: versions that it had said to be proposed or in use.
        lost: those of them that are not there, or not in use.
        torn: files that are half written.
    """

    kills: int = 0
    kept: set[str] = field(default_factory=set[str])
    lost: set[str] = field(default_factory=set[str])
    torn: list[str] = field(default_factory=list[str])


def killed_building(folder: Path, *, times: int) -> RecipeKills:
    """Kills a writer `times` times on the same folder; looks at the end."""
    done = RecipeKills()
    for life in range(times):
        command = [sys.executable, str(WRITER), str(folder), str(life * 1_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            time.sleep(life % 11 * 0.0017)
            process.kill()
            lines += process.stdout.readlines()
        done.kills += 1
        done.kept |= {line.strip() for line in lines if line.endswith("\n")}
    _look(folder, done)
    return done


def _look(folder: Path, done: RecipeKills) -> None:
    states = {entry.recipe.name: entry.state for entry in RecipeFiles(folder).entries()}
    for said in done.kept:
        word, name = said.split()
        if name not in states or (word == "active" and states[name] not in _IN_USE):
            done.lost.add(said)
    for path in folder.glob("*/[0-9]*.yaml"):
        try:
            read(path.read_text("utf-8"), name=path.name)
        except BadInput as error:
            done.torn.append(str(error))
    decided = folder.glob("*/*.decided.json")
    done.torn += [path.name for path in decided if not path.read_text("utf-8").endswith("}\n")]
