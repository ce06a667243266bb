"""What a recipe is: two pieces of Python code with variables in them.

A pattern is plain Python. The identifiers that the recipe lists as variables stand for something
else: a name, an expression, a run of statements (a variable alone on its line), a run of arguments
(`*variable` in a call) or all parameters (`*variable` alone in a `def`).
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from playground.domain.recipes.forms import form_of
from playground.domain.syntax import PARSE_ERRORS, parsed

TEXT_CHARS_MAX = 4_000
NODES_MAX = 400
VARIABLES_MAX = 24
DEPTH_MAX = 40
NAME_CHARS_MAX = 120
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_HANDLER_HEAD = "try:\n    pass\n"


class Kind(StrEnum):
    """What a variable stands for."""

    NAME = "name"
    EXPRESSION = "expression"
    STATEMENTS = "statements"
    ARGUMENTS = "arguments"
    PARAMETERS = "parameters"


class Unit(StrEnum):
    """What a pattern is laid against."""

    EXPRESSION = "expression"
    STATEMENTS = "statements"
    HANDLER = "handler"


class UnusableRecipe(ValueError):
    """The recipe breaks a rule of its form; the message says which, in one sentence."""


def is_name(word: str) -> bool:
    """Whether a recipe can say it of a tool, a rule or an episode: short, and seen whole."""
    return 0 < len(word) <= NAME_CHARS_MAX and word.isprintable()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One version of a recipe.

    Attributes:
        id: lower-case letters, digits and hyphens.
        version: counts from 1.
        tool: the analyzer whose findings it answers.
        rule: the rule whose findings it answers.
        language: "python".
        unit: what `before` is laid against.
        before: code with variables.
        after: what it becomes.
        variables: names with what they stand for, in order of names.
        episodes: ids of the approved episodes that it was learned from.
    """

    id: str
    version: int
    tool: str
    rule: str
    unit: Unit
    before: str
    after: str
    variables: tuple[tuple[str, Kind], ...]
    language: str = "python"
    episodes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Id and version, as runs record it."""
        return f"{self.id}@{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 over everything that decides what it does, 64 hexadecimal digits."""
        parts = [self.tool, self.rule, self.language, self.unit, self.before, self.after]
        told = json.dumps([*parts, [list(pair) for pair in self.variables]])
        return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()


@dataclass(frozen=True)
class Compiled:
    """A recipe whose patterns were parsed and found usable.

    Attributes:
        kinds: what each variable stands for.
        before: the nodes of the pattern; one for an expression or a handler.
        after: the nodes that take their place; none where statements are only taken away.
        uneven: variables that occur more or less often in `after` than in `before`.
    """

    recipe: Recipe
    kinds: dict[str, Kind]
    before: tuple[ast.AST, ...]
    after: tuple[ast.AST, ...]
    uneven: frozenset[str]


def nodes_of(text: str, unit: Unit) -> tuple[ast.AST, ...]:
    """Parses one side of a recipe.

    Positions in the nodes are those in `laid_out(text, unit)`.

    Raises:
        UnusableRecipe: the text is too long, too deep, or not Python of that unit.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise UnusableRecipe(f"a pattern has more than {TEXT_CHARS_MAX} characters")
    try:
        tree = parsed(laid_out(text, unit))
    except PARSE_ERRORS as error:
        raise UnusableRecipe("a pattern is not Python code") from error
    if sum(1 for _ in ast.walk(tree)) > NODES_MAX or _depth(tree) > DEPTH_MAX:
        raise UnusableRecipe("a pattern is too large or nested too deeply")
    match unit, tree.body:
        case Unit.EXPRESSION, [ast.Expr(value=value)]:
            return (value,)
        case Unit.HANDLER, [ast.Try(handlers=[handler], orelse=[], finalbody=[])]:
            return (handler,)
        case Unit.STATEMENTS, body:
            return tuple(body)
        case _:
            raise UnusableRecipe(f"a pattern is not one {unit.value}")


def laid_out(text: str, unit: Unit) -> str:
    """Returns the text as it is parsed: a handler alone is no Python."""
    return _HANDLER_HEAD + text if unit is Unit.HANDLER else text


def _depth(tree: ast.AST) -> int:
    level, depth = [tree], 0
    while level and depth <= DEPTH_MAX:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


@lru_cache(maxsize=256)
def compiled(recipe: Recipe) -> Compiled:
    """Parses a recipe and checks all rules of its form.

    Raises:
        UnusableRecipe: it breaks one of them.
    """
    if not _ID.fullmatch(recipe.id) or recipe.version < 1:
        raise UnusableRecipe("the id has other characters than a-z, 0-9 and hyphens")
    if recipe.language != "python" or not recipe.tool or not recipe.rule:
        raise UnusableRecipe("language, tool or rule is missing or not supported")
    kinds = dict(recipe.variables)
    if len(kinds) != len(recipe.variables) or len(kinds) > VARIABLES_MAX:
        raise UnusableRecipe("a variable is listed twice, or there are too many")
    if not all(name.isascii() and name.isidentifier() for name in kinds):
        raise UnusableRecipe("a variable is no plain identifier")
    before = nodes_of(recipe.before, recipe.unit)
    after = nodes_of(recipe.after, recipe.unit)
    used, made = _uses(before, kinds), _uses(after, kinds)
    if set(used) != set(kinds) or not set(made) <= set(used):
        raise UnusableRecipe("every variable must occur in the pattern before")
    if _misplaced((*before, *after), kinds, used + made):
        raise UnusableRecipe("a variable stands where what it stands for cannot be")
    if form_of(list(before)) == form_of(list(after)):
        raise UnusableRecipe("both patterns are the same")
    if _says_nothing(before, kinds):
        raise UnusableRecipe("the pattern before fits everywhere")
    if not before:
        raise UnusableRecipe("the pattern before is empty")
    if recipe.unit is Unit.STATEMENTS and (
        open_ended(before[0], kinds) or open_ended(before[-1], kinds)
    ):
        raise UnusableRecipe("the pattern before begins or ends with any statements")
    uneven = frozenset(name for name in kinds if used[name] != made[name])
    return Compiled(recipe, kinds, before, after, uneven)


def open_ended(node: ast.AST, kinds: dict[str, Kind]) -> bool:
    """Whether a pattern node stands for any run of nodes."""
    return sequence_variable(node, kinds) is not None


def sequence_variable(node: ast.AST, kinds: dict[str, Kind]) -> str | None:
    """Returns the variable of a pattern node that stands for a run of nodes, None for others."""
    match node:
        case ast.Expr(value=ast.Name(id=name)) if kinds.get(name) is Kind.STATEMENTS:
            return name
        case ast.Starred(value=ast.Name(id=name)) if kinds.get(name) is Kind.ARGUMENTS:
            return name
        case _:
            return None


def parameters_variable(node: ast.AST, kinds: dict[str, Kind]) -> str | None:
    """Returns the variable that stands for all parameters of a function, None for others."""
    match node:
        case ast.arguments(
            posonlyargs=[],
            args=[],
            vararg=ast.arg(arg=name, annotation=None),
            kwonlyargs=[],
            kwarg=None,
        ) if kinds.get(name) is Kind.PARAMETERS:
            return name
        case _:
            return None


def _uses(nodes: tuple[ast.AST, ...], kinds: dict[str, Kind]) -> Counter[str]:
    return Counter(name for node in nodes for name in _identifiers(node) if name in kinds)


def _misplaced(nodes: tuple[ast.AST, ...], kinds: dict[str, Kind], uses: Counter[str]) -> bool:
    """Whether a variable that stands for nodes is used as the name of something."""
    fitting: Counter[str] = Counter()
    for node in (inner for root in nodes for inner in ast.walk(root)):
        name = sequence_variable(node, kinds) or parameters_variable(node, kinds)
        if name is None and isinstance(node, ast.Name) and kinds.get(node.id) is Kind.EXPRESSION:
            name = node.id
        fitting.update([name] if name else [])
    return any(uses[name] != fitting[name] for name, kind in kinds.items() if kind != Kind.NAME)


def _identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, str) and not isinstance(node, ast.Constant):
                yield value


def _says_nothing(before: tuple[ast.AST, ...], kinds: dict[str, Kind]) -> bool:
    """Whether there is nothing but variables and single names in a pattern."""
    return not any(
        not isinstance(node, ast.Name | ast.Expr | ast.expr_context | ast.Starred)
        for root in before
        for node in ast.walk(root)
    ) or (len(before) == 1 and isinstance(before[0], ast.Name) and before[0].id in kinds)
