"""Asking a person about recipes: what it is, what it makes of the past, yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from playground.domain.advice import command
from playground.domain.errors import BadInput, Refusal
from playground.domain.recipes import Recipe
from playground.memory.recipes import RecipeState
from playground.memory.recipes.text import TEXT_CHARS_MAX, read
from playground.orchestrator.recipes.proving import Replay, learned, places, replayed
from playground.security.reading import read_text
from playground.surfaces.asking.conversation import require_person
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.reporting.recipes import print_places, print_recipe, print_replay
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView

_YES = {"y", "yes", "a", "approve"}
_NO = {"n", "no", "r", "reject"}
_QUESTION = "Use this recipe from now on? Each change still waits for you. [y]es [n]o [s]kip "


def propose_recipes(app: AppView, *, rules: Sequence[str], root: Path, stage: Stage) -> bool:
    """Learns recipes from memory, writes down those that the past proves, and asks about each.

    Returns:
        Whether a new recipe was found.
    """
    with working(stage.screen, label="Looking for repairs of one shape"):
        found = learned(app.memory, rules=rules)
    fresh: list[tuple[Recipe, Replay]] = []
    for recipe in found:
        replay = replayed(recipe, app.journal)
        if not replay.passed:
            print_recipe(recipe, screen=stage.screen)
            print_replay(replay, screen=stage.screen)
            stage.screen.tell("Not proposed: what you decided before speaks against it.")
            continue
        try:
            entry = app.recipes.propose(recipe)
        except BadInput as error:
            stage.screen.tell(f"Not proposed: {error}")
            continue
        fresh += [(entry.recipe, replay)] if entry is not None else []
    stage.screen.tell(f"{counted(len(fresh), 'new recipe')} of {len(found)} learned from memory.")
    for recipe, replay in fresh:
        _asked(app, recipe, replay=replay, root=root, stage=stage)
    return bool(fresh)


def asked_about(app: AppView, *, name: str, root: Path, stage: Stage) -> bool:
    """Shows one recipe with a new replay and asks; returns whether it is in use afterwards."""
    require_person(stage.screen, what="An approval")
    entry = app.recipes.entry(name)
    if entry.state is RecipeState.ACTIVE:
        stage.screen.tell(f"{entry.recipe.name} is in use already.")
        return True
    replay = replayed(entry.recipe, app.journal)
    return _asked(app, entry.recipe, replay=replay, root=root, stage=stage)


def take_back(app: AppView, *, name: str, stage: Stage) -> bool:
    """Takes a recipe out of use; the version that was in use before it is used again."""
    entry = app.recipes.entry(name)
    active = app.recipes.active(tool=entry.recipe.tool, rule=entry.recipe.rule)
    used = next((one for one in active if one.id == entry.recipe.id), None)
    if used is None:
        raise Refusal(f"{entry.recipe.id} is not in use; see `playground recipe list`.")
    app.recipes.decide(used, state=RecipeState.REVERTED, by=stage.user)
    active = app.recipes.active(tool=used.tool, rule=used.rule)
    now = next((one.name for one in active if one.id == used.id), "none of its versions")
    stage.screen.tell(f"{used.name} is out of use; in use now: {now}.")
    return True


def import_recipe(app: AppView, *, path: Path, root: Path, stage: Stage) -> bool:
    """Reads a file as a recipe that waits; it is replayed and asked about like any other.

    Raises:
        BadInput: the file is missing or no usable recipe.
    """
    text = read_text(path.parent, path=path.name, bytes_max=4 * TEXT_CHARS_MAX)
    if text is None:
        raise BadInput(f"There is no file {path.name} that can be read as a recipe.")
    # What it says about its own past is somebody else's, so nothing here may rest on it.
    recipe = replace(read(text, name=path.name), episodes=())
    entry = app.recipes.propose(recipe)
    if entry is None:
        stage.screen.tell("You have this recipe already; see `playground recipe list`.")
        return False
    stage.screen.tell(f"Imported as {entry.recipe.name}; it is not in use.")
    replay = replayed(entry.recipe, app.journal)
    _asked(app, entry.recipe, replay=replay, root=root, stage=stage)
    return True


def _asked(app: AppView, recipe: Recipe, *, replay: Replay, root: Path, stage: Stage) -> bool:
    """Shows a recipe, its replay and its places here; asks where a person sits."""
    screen = stage.screen
    print_recipe(recipe, screen=screen)
    print_replay(replay, screen=screen)
    with working(screen, label="Looking where it fits"):
        survey = app.gate.survey(root, paths=(), rules=(recipe.rule,))
    print_places(places(recipe, survey, workspace=app.workspace), screen=screen)
    if not replay.passed:
        raise Refusal(f"{recipe.name} cannot be used: what you decided before speaks against it.")
    if not screen.can_ask:
        screen.tell(f"It waits for you; see {command('recipe', 'approve', recipe.id)}.")
        return False
    answer = (screen.ask(_QUESTION) or "").lower()
    if answer in _YES:
        app.recipes.decide(recipe, state=RecipeState.ACTIVE, by=stage.user)
        screen.tell(
            f"In use: {recipe.name}. {command('recipe', 'revert', recipe.id)} takes it back."
        )
        return True
    if answer in _NO:
        app.recipes.decide(recipe, state=RecipeState.REFUSED, by=stage.user)
        screen.tell("Refused; you are not asked about it again.")
        return False
    screen.tell("It keeps waiting.")
    return False
