"""What a recipe's result must mean: the file's tree with the matched nodes exchanged."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from playground.domain.recipes.matching import Match
from playground.domain.recipes.patterns import (
    Compiled,
    Kind,
    parameters_variable,
    sequence_variable,
)
from playground.domain.syntax import parsed


def exchanged(pattern: Compiled, text: str, *, tree: ast.Module, match: Match) -> ast.Module | None:
    """Returns a tree of its own of the text in which the matched nodes are exchanged.

    Args:
        pattern: gives the new nodes.
        text: the whole file.
        tree: the text's tree in which the match was found; it is left as it is.
        match: the place.
    """
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    own = parsed(text)
    nodes = list(ast.walk(own))
    old = [nodes[numbers[id(node)]] for node in match.nodes]
    made = [new for node in pattern.after for new in _Instance(pattern, match).of(node)]
    for parent in nodes:
        for name, value in ast.iter_fields(parent):
            if value is old[0]:
                setattr(parent, name, made[0])
                return own
            items = cast("list[ast.AST]", value) if isinstance(value, list) else []
            at = next((i for i, item in enumerate(items) if item is old[0]), None)
            if at is not None:
                items[at : at + len(old)] = made
                return own
    return None


@dataclass(frozen=True)
class _Instance:
    """Pattern nodes with what the variables stand for."""

    pattern: Compiled
    match: Match

    def of(self, node: ast.AST) -> list[ast.AST]:
        kinds, bindings = self.pattern.kinds, self.match.bindings
        name = sequence_variable(node, kinds) or parameters_variable(node, kinds)
        if name is not None:
            return list(bindings[name].nodes)
        if isinstance(node, ast.Name) and kinds.get(node.id) is Kind.EXPRESSION:
            return list(bindings[node.id].nodes)
        fields = {name: self._value(node, getattr(node, name, None)) for name in node._fields}
        return [cast("Callable[..., ast.AST]", type(node))(**fields)]

    def _value(self, node: ast.AST, value: object) -> object:
        if isinstance(value, ast.AST):
            return self.of(value)[0]
        if isinstance(value, list):
            made: list[object] = []
            for item in cast("list[object]", value):
                made += self.of(item) if isinstance(item, ast.AST) else [item]
            return made
        is_name = isinstance(value, str) and not isinstance(node, ast.Constant)
        if is_name and self.pattern.kinds.get(str(value)) is Kind.NAME:
            return self.match.bindings[str(value)].name
        return value
