"""Collector as they are collected from a syntax tree, with names and places."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from playground.analyzers.gate.cheats.syntax import walked
from playground.analyzers.gate.footprints.uses import Use
from playground.analyzers.gate.view import FunctionNode

_EFFECTS = frozenset({"call", "write", "await", "yield", "raise", "delete"})


@dataclass
class Collector:
    """Collects the words of some statements.

    Attributes:
        by_kind: how each kind of node is put into words; others by what stands below them.
        words: in the order of evaluation.
        names: local and other names in the order in which they are bound and read.
        entered: names of what `with` statements enter, in their order.
        inside: effects with the loop, function, handler or `finally` around them.
    """

    by_kind: ClassVar[Mapping[type[ast.AST], Callable[[Any, Any], None]]] = {}
    words: list[str] = field(default_factory=list[str])
    names: list[Use] = field(default_factory=list[Use])
    entered: list[str] = field(default_factory=list[str])
    inside: Counter[str] = field(default_factory=Counter[str])
    _around: list[str] = field(default_factory=list[str])
    _later: list[Use] = field(default_factory=list[Use])

    def of_block(self, block: Sequence[ast.stmt]) -> None:
        """Takes in statements."""
        for statement in block:
            self.of(statement)

    def of_function(self, node: FunctionNode) -> None:
        """Takes in the parameters and the body of one function."""
        for argument in walked(node.args):
            if isinstance(argument, ast.arg):
                self.names.append(Use(argument.arg, binds=True))
        self.of_block(node.body)

    def add(self, kind: str, *, of: str = "") -> None:
        """Takes in one word."""
        word = f"{kind} {of}".rstrip()
        self.words.append(word)
        if kind in _EFFECTS and self._around:
            self.inside[f"{'/'.join(self._around)}: {word}"] += 1

    def of(self, node: ast.AST | None) -> None:
        """Takes in a node and all below it."""
        if node is None:
            return
        method = self.by_kind.get(type(node))
        if method is None:
            self.of_parts(node)
        else:
            method(self, node)

    def of_parts(self, node: ast.AST) -> None:
        """Takes in what stands below a node, in the order of its fields."""
        for name in node._fields:
            value: object = getattr(node, name, None)
            if isinstance(value, ast.AST):
                self.of(value)
            elif isinstance(value, list):
                for item in cast("list[object]", value):
                    if isinstance(item, ast.AST):
                        self.of(item)

    def within(self, where: str, parts: Iterable[ast.AST]) -> None:
        """Takes in nodes that are done in a place of their own."""
        self.enter(where)
        for part in parts:
            self.of(part)
        self.leave()

    def later(self, where: str, parts: Iterable[ast.AST]) -> None:
        """Takes in nodes that are done when everything around them was."""
        names, self.names = self.names, []
        self.within(where, parts)
        self._later += self.names
        self.names = names

    @property
    def uses(self) -> list[Use]:
        """All names, those in functions after those around them."""
        return [*self.names, *self._later]

    def enter(self, where: str) -> None:
        """Says in which place the following is done."""
        self._around.append(where)

    def leave(self, places: int = 1) -> None:
        """Says that as many places are left."""
        del self._around[len(self._around) - places :]
