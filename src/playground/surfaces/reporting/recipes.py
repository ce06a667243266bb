"""Recipes: what they do, what they make of the past, where they would be used."""

from __future__ import annotations

from pathlib import Path

from playground.domain.recipes import Recipe
from playground.memory.recipes.text import written
from playground.orchestrator.recipes.proving import Places, Replay, replayed
from playground.security.reports import write_report
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import AppView

_STYLES = {"active": "green", "changed": "red"}


def list_recipes(app: AppView, *, screen: Screen) -> bool:
    """Prints every version of every recipe; returns whether there is one."""
    entries = app.recipes.entries()
    if not entries:
        screen.show("There is no recipe yet; `playground recipe propose` looks for some.")
        return False
    made = table("recipe", "state", "rule", "episodes", "decided by", numbers=("episodes",))
    for entry in entries:
        state, recipe = entry.state.value, entry.recipe
        told = plain(state, style=_STYLES.get(state, ""))
        known = str(len(recipe.episodes))
        made.add_row(plain(recipe.name), told, plain(recipe.rule), known, plain(entry.by))
    screen.show(made)
    return True


def show_recipe(app: AppView, *, name: str, screen: Screen) -> bool:
    """Prints a recipe as its file has it, with its replay."""
    entry = app.recipes.entry(name)
    print_recipe(entry.recipe, screen=screen)
    print_replay(replayed(entry.recipe, app.journal), screen=screen)
    screen.show(plain(f"State: {entry.state.value}{f', by {entry.by}' if entry.by else ''}."))
    return True


def print_recipe(recipe: Recipe, *, screen: Screen) -> None:
    """Prints what a recipe does: code with variables, before and after."""
    screen.show(plain(f"Recipe {recipe.name} for {recipe.tool} {recipe.rule}", style="bold"))
    for sign, text, style in (("-", recipe.before, "red"), ("+", recipe.after, "green")):
        for line in text.rstrip("\n").split("\n"):
            screen.show(plain(f"{sign} {line}", style=style))
    for name, kind in recipe.variables:
        screen.show(plain(f"  {name}: any {kind.value}"))


def print_replay(replay: Replay, *, screen: Screen) -> None:
    """Prints what a recipe makes of what was decided before."""
    screen.show(plain(f"It gives back {counted(len(replay.repeated), 'approved repair')}."))
    if replay.differing:
        told = ", ".join(replay.differing[:5])
        screen.show(plain(f"Where you approved something else it differs: {told}.", style="yellow"))
    if replay.refused:
        told = ", ".join(replay.refused[:5])
        screen.show(plain(f"It makes what you rejected or took back: {told}.", style="red"))
    if replay.failed:
        told = ", ".join(replay.failed[:5])
        screen.show(plain(f"It does not give back what it came from: {told}.", style="red"))


def print_places(places: Places, *, screen: Screen) -> None:
    """Prints where a recipe would be used in this repository."""
    found = counted(places.findings, "finding")
    screen.show(plain(f"Here it fits {places.fits} of {found} of its rule."))
    for place in places.shown:
        screen.show(plain(f"  {place}"))


def export_recipe(app: AppView, *, name: str, path: Path, screen: Screen) -> bool:
    """Writes a recipe into a file that others can read and import."""
    recipe = app.recipes.entry(name).recipe
    write_report(path, text=written(recipe), may_replace=lambda old: old == written(recipe))
    screen.tell(f"Wrote {recipe.name} into {path.name}; read it before you give it away.")
    return True
