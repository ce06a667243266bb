"""Learns, proposes and approves recipes until it is killed; says what is kept.

Usage: recipe_writer.py FOLDER FIRST
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from recipe_cases import families, lessons

from playground.domain.recipes.learning import recipes_from
from playground.memory.recipes import RecipeFiles, RecipeState


def main() -> None:
    shelf, number = RecipeFiles(Path(sys.argv[1]), deciding=True), int(sys.argv[2])
    pairs = lessons(families()["timeout"])
    while True:
        number += 1
        seconds = f"timeout={number}"
        fresh = [replace(p, after=p.after.replace("timeout=10", seconds)) for p in pairs]
        (recipe,) = recipes_from(fresh)
        entry = shelf.propose(recipe)
        if entry is not None:
            sys.stdout.write(f"proposed {entry.recipe.name}\n")
            sys.stdout.flush()
            shelf.decide(entry.recipe, state=RecipeState.ACTIVE, by="ada")
            sys.stdout.write(f"active {entry.recipe.name}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
