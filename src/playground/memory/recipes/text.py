"""A recipe as YAML that a person can read, and back.

A file may come from anybody, so it is read as data, within narrow bounds, and nothing that it says
makes it active.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import yaml

from playground.domain.errors import BadInput
from playground.domain.recipes import Kind, Recipe, Unit, UnusableRecipe, compiled, is_name
from playground.domain.repairs import BUILT_IN
from playground.security.unicode import control_characters, has_surrogates, hidden_characters

FORMAT = 1
TEXT_CHARS_MAX = 20_000
EPISODES_MAX = 200
_DEPTH_MAX = 2
_HEAD = "# A recipe of Playground. It does nothing until a person approves it on this machine.\n"
_WORDS = ("id", "tool", "rule", "language", "unit", "before", "after")
_MEMBERS = {*_WORDS, "format", "version", "variables", "episodes"}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    represent = cast("Any", dumper).represent_scalar
    return cast("yaml.ScalarNode", represent("tag:yaml.org,2002:str", text, style=style))


_Dumper.add_representer(str, cast("Any", _represented))


def written(recipe: Recipe) -> str:
    """Returns the file of a recipe; equal recipes give equal bytes."""
    members: dict[str, object] = {
        "format": FORMAT,
        "id": recipe.id,
        "version": recipe.version,
        "tool": recipe.tool,
        "rule": recipe.rule,
        "language": recipe.language,
        "unit": recipe.unit.value,
        "before": recipe.before,
        "after": recipe.after,
        "variables": {name: kind.value for name, kind in recipe.variables},
        "episodes": list(recipe.episodes),
    }
    return _HEAD + yaml.dump(members, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def read(text: str, *, name: str) -> Recipe:
    """Returns the recipe of a file.

    Args:
        text: the file's.
        name: the file's, for messages.

    Raises:
        BadInput: it is no recipe of this version, or breaks a rule of its form.
    """
    try:
        return _recipe(_members(text))
    except (UnusableRecipe, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        why = str(error) if isinstance(error, UnusableRecipe) else "it is not of the right form"
        raise BadInput(f"{name} is no usable recipe: {why}.") from error


def _members(text: str) -> Mapping[str, object]:
    if len(text) > TEXT_CHARS_MAX:
        raise UnusableRecipe(f"it has more than {TEXT_CHARS_MAX} characters")
    _visible(text)
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _DEPTH_MAX:
            raise UnusableRecipe("it refers to itself or is nested")
    members: object = yaml.safe_load(text)
    if not isinstance(members, dict) or set(cast("dict[object, object]", members)) != _MEMBERS:
        raise UnusableRecipe(f"its members are not {', '.join(sorted(_MEMBERS))}")
    return cast("Mapping[str, object]", members)


def _visible(text: str) -> None:
    if hidden_characters(text) or control_characters(text) or has_surrogates(text):
        raise UnusableRecipe("it has characters that nobody sees")


def _recipe(members: Mapping[str, object]) -> Recipe:
    if members["format"] != FORMAT:
        raise UnusableRecipe(f"it is of format {members['format']!r} and this version reads 1")
    version, variables, episodes = (members[name] for name in ("version", "variables", "episodes"))
    if not all(isinstance(members[name], str) for name in _WORDS):
        raise UnusableRecipe("a text is none")
    if isinstance(version, bool) or not isinstance(version, int):
        raise UnusableRecipe("its version is no number")
    if not isinstance(variables, dict) or not isinstance(episodes, list):
        raise UnusableRecipe("variables or episodes are missing")
    words = {name: str(members[name]) for name in _WORDS}
    for word in words.values():
        _visible(word)  # once more, because YAML has escapes
    if not all(is_name(words[name]) for name in ("id", "tool", "rule", "language")):
        raise UnusableRecipe("a name is too long or has characters that nobody sees")
    if words["id"].startswith(BUILT_IN):
        raise UnusableRecipe(f"names with {BUILT_IN} are those of built-in recipes")
    named = [str(one) for one in cast("list[object]", episodes)]
    if len(named) > EPISODES_MAX or not all(map(is_name, named)):
        raise UnusableRecipe(f"it names more than {EPISODES_MAX} episodes, or none that can be")
    pairs = cast("dict[object, object]", variables).items()
    recipe = Recipe(
        id=words["id"],
        version=version,
        tool=words["tool"],
        rule=words["rule"],
        unit=Unit(words["unit"]),
        before=words["before"],
        after=words["after"],
        variables=tuple(sorted((str(name), Kind(str(kind))) for name, kind in pairs)),
        language=words["language"],
        episodes=tuple(named),
    )
    compiled(recipe)
    return recipe
