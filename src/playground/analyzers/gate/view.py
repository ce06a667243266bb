"""One changed file, seen before and after, with everything parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from playground.domain.regions import parse
from playground.security.comments import Comment, comments_of

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_PYTHON_SUFFIXES = (".py", ".pyi", ".pyw")


@dataclass(frozen=True)
class Side:
    """One state of a Python file; all properties are computed once and never raise.

    Attributes:
        text: the file's text, "" when it does not exist.
    """

    text: str

    @cached_property
    def tree(self) -> ast.Module | None:
        """The syntax tree, or None when the text cannot be parsed."""
        return parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, parents before children; empty without a tree."""
        return () if self.tree is None else tuple(ast.walk(self.tree))

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """All comments in their order."""
        return comments_of(self.text)

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Functions and classes by qualified name; a redefinition gets "#2", "#3", … appended."""
        found: dict[str, Definition] = {}
        for name, node in _definitions(self.tree):
            key, number = name, 1
            while key in found:
                number += 1
                key = f"{name}#{number}"
            found[key] = node
        return found

    @cached_property
    def functions(self) -> dict[str, FunctionNode]:
        """The functions and methods among `definitions`."""
        return {n: d for n, d in self.definitions.items() if isinstance(d, FunctionNode)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes among `definitions`."""
        return {n: d for n, d in self.definitions.items() if isinstance(d, ast.ClassDef)}


@dataclass(frozen=True)
class ChangeView:
    """One changed file.

    Attributes:
        path: POSIX path relative to the task's root.
        before: the text before, None when the file is new.
        after: the text afterwards.
    """

    path: str
    before: str | None
    after: str

    @cached_property
    def old(self) -> Side:
        """The file before; an empty one when the file is new."""
        return Side(self.before or "")

    @cached_property
    def new(self) -> Side:
        """The file afterwards."""
        return Side(self.after)

    @property
    def is_new(self) -> bool:
        """Whether the file did not exist."""
        return self.before is None

    @property
    def is_python(self) -> bool:
        """Whether the file is Python by its name."""
        return self.path.lower().endswith(_PYTHON_SUFFIXES)

    @property
    def comparable(self) -> bool:
        """Whether both sides are Python that parses."""
        return self.is_python and self.old.tree is not None and self.new.tree is not None

    @cached_property
    def function_pairs(self) -> dict[str, tuple[FunctionNode, FunctionNode]]:
        """Functions that both sides have, by qualified name.

        Redefinitions are paired from the last one, because it is the one that counts.
        """
        old, new = _by_plain_name(self.old.functions), _by_plain_name(self.new.functions)
        return {
            f"{name}#{index}" if index else name: pair
            for name in old.keys() & new.keys()
            for index, pair in enumerate(
                zip(reversed(old[name]), reversed(new[name]), strict=False)
            )
        }


def _by_plain_name(functions: dict[str, FunctionNode]) -> dict[str, list[FunctionNode]]:
    grouped: dict[str, list[FunctionNode]] = {}
    for name, node in functions.items():
        grouped.setdefault(name.rsplit("#", 1)[0], []).append(node)
    return grouped


def _definitions(tree: ast.Module | None) -> Iterator[tuple[str, Definition]]:
    """Yields definitions with their qualified names in source order, without recursion."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)] if tree is not None else []
    while waiting:
        prefix, node = waiting.pop()
        name = prefix
        if isinstance(node, Definition):
            name = f"{prefix}.{node.name}" if prefix else node.name
            yield name, node
        waiting += [(name, child) for child in reversed(list(ast.iter_child_nodes(node)))]
