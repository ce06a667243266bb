"""What the surfaces need of the book of recipes, as protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from playground.domain.recipes import Recipe
from playground.memory.recipes import RecipeState


class RecipeEntryView(Protocol):
    """A version of a recipe and what became of it."""

    @property
    def recipe(self) -> Recipe:
        """The version."""
        ...

    @property
    def state(self) -> RecipeState:
        """Whether it is in use."""
        ...

    @property
    def by(self) -> str:
        """Who decided, "" for nobody."""
        ...


class RecipeShelf(Protocol):
    """Recipes and what a person decided about each."""

    def entries(self) -> Sequence[RecipeEntryView]:
        """Returns every version of every recipe."""
        ...

    def entry(self, name: str) -> RecipeEntryView:
        """Returns one version, or raises `BadInput`."""
        ...

    def active(self, *, tool: str, rule: str) -> Sequence[Recipe]:
        """Returns the recipes in use for a rule."""
        ...

    def propose(self, recipe: Recipe) -> RecipeEntryView | None:
        """Writes a new version down, None when it was proposed before."""
        ...

    def decide(self, recipe: Recipe, *, state: RecipeState, by: str) -> None:
        """Records what a person decided, or raises `Refusal` where none sits."""
        ...

    def forget(self, episode_id: str) -> Sequence[str]:
        """Removes what was learned from an episode; returns the names of the versions."""
        ...
