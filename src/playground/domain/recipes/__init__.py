"""Recipes: approved edits generalised to deterministic transforms of Python code.

`patterns` says what a recipe is, `learning` makes one from approved pairs, `matching` finds where
it fits and `rewriting` changes the text there and nowhere else. All of it is pure, works on syntax
trees of `ast` alone and runs nothing.
"""

from playground.domain.recipes.patterns import (
    Compiled,
    Kind,
    Recipe,
    Unit,
    UnusableRecipe,
    compiled,
    is_name,
)

__all__ = ["Compiled", "Kind", "Recipe", "Unit", "UnusableRecipe", "compiled", "is_name"]
