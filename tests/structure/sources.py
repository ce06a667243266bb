"""Source files, parsed, and the names in them resolved."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from playground.analyzers.gate.cheats.syntax import walked

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file: `path` is POSIX and relative to `src/playground`, or to the repository."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree in the order of `ast.walk`, walked once for all rules."""
        return walked(self.tree)

    @cached_property
    def functions(self) -> list[tuple[Function, bool]]:
        """Every function with whether it is a method."""
        classes = [node for node in self.nodes if isinstance(node, ast.ClassDef)]
        methods = {id(statement) for node in classes for statement in node.body}
        functions = [node for node in self.nodes if isinstance(node, Function)]
        return [(function, id(function) in methods) for function in functions]

    @cached_property
    def imported(self) -> dict[str, str]:
        """Full dotted name behind each name that an import binds, wherever it stands."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    head = alias.name.partition(".")[0]
                    names[alias.asname or head] = alias.name if alias.asname else head
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return names

    @cached_property
    def modules(self) -> list[tuple[str, int]]:
        """Dotted name and line of everything that is imported."""
        found: list[tuple[str, int]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
        return found

    @cached_property
    def names(self) -> list[tuple[str, int]]:
        """Full dotted name and line of every name and attribute that is used."""
        found: list[tuple[str, int]] = []
        for node in self.nodes:
            if isinstance(node, ast.Name | ast.Attribute):
                dotted = self.dotted(node)
                if dotted:
                    found.append((dotted, node.lineno))
        return found

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """Full dotted name of what is called, "." and the method for that of an expression."""
        found: list[tuple[str, ast.Call]] = []
        for node in self.nodes:
            if isinstance(node, ast.Call):
                name = self.dotted(node.func)
                if not name and isinstance(node.func, ast.Attribute):
                    name = "." + node.func.attr
                found.append((name, node))
        return found

    def dotted(self, node: ast.expr) -> str:
        """Returns the full name of `a.b.c`, imports resolved; "" for anything else.

        An attribute of a name that is not imported here begins with "~": `~path.open`.
        """
        parts: list[str] = []
        current = node
        while isinstance(current, ast.Attribute):
            parts.append(current.attr)
            current = current.value
        if not isinstance(current, ast.Name):
            return ""
        local = "~" if parts and current.id not in self.imported else ""
        return local + ".".join([self.imported.get(current.id, current.id), *reversed(parts)])


Rule = Callable[[Module], Iterator[str]]


def at(module: Module, node: ast.AST) -> str:
    """Returns path and line of a node."""
    return f"{module.path}:{getattr(node, 'lineno', 1)}"
