"""Recipes on disk: readable files, versions, and what a person decided about each."""

from playground.memory.recipes.book import RecipeEntry, RecipeFiles, RecipeState

__all__ = ["RecipeEntry", "RecipeFiles", "RecipeState"]
