"""Recipes, approved and built in, as a source of candidates that costs no tokens."""

from __future__ import annotations

from playground.domain.candidates import Draft, Provenance
from playground.domain.changes import patch_between
from playground.domain.errors import Stale
from playground.domain.fitting import fitted, recipes_for
from playground.domain.ports import RecipeBook
from playground.domain.recipes import Recipe
from playground.domain.repairs import Repair
from playground.domain.runs import Run
from playground.domain.tasks import Source, Task
from playground.orchestrator.sources import Sources

Bases = dict[str, str | None]

_FITTING_MAX = 3


class Recipes:
    """Says which recipes fit a task, and makes drafts with them."""

    def __init__(self, book: RecipeBook | None, *, sources: Sources) -> None:
        self._book = book
        self._sources = sources

    def fitting(self, run: Run) -> tuple[str, ...]:
        """Returns the names of the recipes that change the place of the run's finding.

        Raises:
            StorageUnavailable: the recipes cannot be read.
        """
        task = run.task
        known = self._for(run)
        if not known:
            return ()
        try:
            bases = self._sources.bases(task)
        except Stale:
            return ()  # the next step says so
        fits = [one.name for one in known if _rewritten(one, task, bases) is not None]
        return tuple(fits[:_FITTING_MAX])

    def drafts(self, run: Run, bases: Bases) -> list[Draft]:
        """Returns one draft for each recipe that was recalled and is still in use."""
        named = run.recalled.recipes if run.recalled else ()
        known = {one.name: one for one in self._for(run)}
        drafts: list[Draft] = []
        for name in named:
            recipe = known.get(name)
            made = None if recipe is None else _rewritten(recipe, run.task, bases)
            episodes = recipe.episodes if isinstance(recipe, Recipe) else ()
            provenance = Provenance(Source.RECIPE, episodes=episodes, recipe=name)
            if made is None:
                defect = f"The recipe {name} is not in use any more or does not fit here."
                drafts.append(Draft(None, provenance, defect=defect))
                continue
            path, before, after = made
            drafts.append(Draft(patch_between({path: before}, {path: after}), provenance))
        return drafts

    def _for(self, run: Run) -> tuple[Recipe | Repair, ...]:
        finding = run.task.finding
        if finding is None:
            return ()
        return recipes_for(finding, policy=run.policy, book=self._book)


def _rewritten(recipe: Recipe | Repair, task: Task, bases: Bases) -> tuple[str, str, str] | None:
    """Returns the finding's path and its file before and after."""
    finding = task.finding
    base = bases.get(finding.path) if finding else None
    if finding is None or base is None:
        return None
    after = fitted(recipe, base, finding=finding)
    return None if after is None else (finding.path, base, after)
