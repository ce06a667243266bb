"""One changed file, seen before and after, with everything parsed once.

Most detectors count something on both sides and compare. Statements that are the same on both
sides add the same to either count, so they are left out first: what it costs to judge a change
depends on the change, not on the file.
"""

from __future__ import annotations

import ast
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar, cast

from playground.analyzers.gate.cheats.syntax import bound_names, loaded_names, walked, walked_levels
from playground.domain.regions import first_line, last_line
from playground.domain.syntax import parse
from playground.security.comments import Comment, comments_of

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

N = TypeVar("N", bound=ast.AST)

_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)
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
    def depth(self) -> int:
        """The number of levels of the tree, 0 without one."""
        return self._walked[1]

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, parents before children; empty without a tree."""
        return self._walked[0]

    @cached_property
    def _walked(self) -> tuple[tuple[ast.AST, ...], int]:
        nodes, levels = walked_levels(*([] if self.tree is None else [self.tree]))
        return tuple(nodes), levels

    @cached_property
    def _by_kind(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        for node in self.nodes:
            found.setdefault(type(node), []).append(node)
        return found

    def of(self, kind: type[N]) -> Sequence[N]:
        """Returns the nodes of exactly this kind, in the order of `nodes`."""
        return cast("Sequence[N]", self._by_kind.get(kind, ()))

    @cached_property
    def loaded(self) -> frozenset[str]:
        """Every name that is read anywhere."""
        return frozenset(loaded_names(self.of(ast.Name)))

    @cached_property
    def bound(self) -> frozenset[str]:
        """Every name that is bound anywhere."""
        return frozenset(bound_names(self.nodes))

    @cached_property
    def imported(self) -> tuple[ast.ImportFrom, ...]:
        """All `from … import …` statements."""
        return tuple(self.of(ast.ImportFrom))

    @cached_property
    def imports(self) -> tuple[ast.Import | ast.ImportFrom, ...]:
        """All statements that import, in the order of `nodes`."""
        if ast.Import not in self._by_kind:
            return self.imported
        return tuple(n for n in self.nodes if isinstance(n, ast.Import | ast.ImportFrom))

    @cached_property
    def modules(self) -> frozenset[str]:
        """Every name that an import binds."""
        return frozenset(
            (alias.asname or alias.name).split(".", 1)[0]
            for node in self.imports
            for alias in node.names
        )

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """What names stand for that are bound once in the whole file, by a plain assignment."""
        bound: Counter[str] = Counter()
        values: dict[str, ast.expr] = {}
        bound.update(n.id for n in self.of(ast.Name) if isinstance(n.ctx, ast.Store))
        bound.update(argument.arg for argument in self.of(ast.arg))
        for node in (*self.of(ast.Assign), *self.of(ast.AnnAssign)):
            target, value = _plain_assignment(node)
            if target and value is not None:
                values[target] = value
        return {name: value for name, value in values.items() if bound[name] == 1}

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
    def lines(self) -> list[str]:
        """The lines as Python counts them, a lone CR ends one too."""
        return list(io.StringIO(self.text, newline=""))

    def source_of(self, node: ast.stmt) -> str:
        """Returns the text of all lines of a statement, decorators included."""
        return "".join(self.lines[first_line(node) - 1 : last_line(node)])

    @cached_property
    def functions(self) -> dict[str, FunctionNode]:
        """The functions and methods among `definitions`."""
        return {n: d for n, d in self.definitions.items() if isinstance(d, FunctionNode)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes among `definitions`."""
        return {n: d for n, d in self.definitions.items() if isinstance(d, ast.ClassDef)}


def _plain_assignment(node: ast.AST) -> tuple[str, ast.expr | None]:
    """Returns the name and the value of `name = value`, "" and None for other nodes."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    else:
        return "", None
    return (target.id, node.value) if isinstance(target, ast.Name) else ("", None)


@lru_cache(maxsize=8)
def side_of(text: str) -> Side:
    """Returns the side of a text; the same text again is not parsed again."""
    return Side(text)


@dataclass(frozen=True)
class Part:
    """The statements of one side that the other side does not have.

    Attributes:
        side: the whole side.
        nodes: the module, the classes around changed members, and all nodes of changed
            statements; parents before children.
    """

    side: Side
    nodes: tuple[ast.AST, ...]

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The changed statements and all those inside them, in source order."""
        found = [node for node in self.nodes if isinstance(node, ast.stmt)]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))


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
        return side_of(self.before or "")

    @cached_property
    def new(self) -> Side:
        """The file afterwards."""
        return side_of(self.after)

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
    def parts(self) -> tuple[Part, Part]:
        """What each side has that the other has not; empty parts where one does not parse."""
        if self.old.tree is None or self.new.tree is None:
            return Part(self.old, ()), Part(self.new, ())
        old: list[ast.AST] = [self.old.tree]
        new: list[ast.AST] = [self.new.tree]
        waiting = [(self.old.tree.body, self.new.tree.body)]
        while waiting:
            before, after = waiting.pop()
            gone, come = self.unmatched(before, after)
            classes = _same_classes(gone, come)
            for was, now in classes:
                waiting.append((was.body, now.body))
                old += _head(was)
                new += _head(now)
            paired = {id(node) for pair in classes for node in pair}
            old += (part for node in gone if id(node) not in paired for part in walked(node))
            new += (part for node in come if id(node) not in paired for part in walked(node))
        return Part(self.old, tuple(old)), Part(self.new, tuple(new))

    @property
    def old_part(self) -> Part:
        """What the change takes away or rewrites."""
        return self.parts[0]

    @property
    def new_part(self) -> Part:
        """What the change brings or rewrites."""
        return self.parts[1]

    def unmatched(
        self, before: Sequence[ast.stmt], after: Sequence[ast.stmt]
    ) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """Returns the statements whose text, but for space at its end, the other list has not."""
        old = [(self.old.source_of(node).rstrip(), node) for node in before]
        new = [(self.new.source_of(node).rstrip(), node) for node in after]
        return _without(old, Counter(t for t, _ in new)), _without(new, Counter(t for t, _ in old))

    @cached_property
    def function_pairs(self) -> dict[str, tuple[FunctionNode, FunctionNode]]:
        """Functions that both sides have and whose text differs, by qualified name.

        Redefinitions are paired from the last one, because it is the one that counts.
        """
        old, new = _by_plain_name(self.old.functions), _by_plain_name(self.new.functions)
        return {
            f"{name}#{index}" if index else name: (was, now)
            for name in old.keys() & new.keys()
            for index, (was, now) in enumerate(
                zip(reversed(old[name]), reversed(new[name]), strict=False)
            )
            if self.old.source_of(was) != self.new.source_of(now)
        }


def _without(statements: list[tuple[str, ast.stmt]], others: Counter[str]) -> list[ast.stmt]:
    left: list[ast.stmt] = []
    for text, node in statements:
        if others[text]:
            others[text] -= 1
        else:
            left.append(node)
    return left


def _same_classes(
    old: Sequence[ast.stmt], new: Sequence[ast.stmt]
) -> list[tuple[ast.ClassDef, ast.ClassDef]]:
    """Pairs classes of the same name, if the name is unique on both sides."""
    before = [node for node in old if isinstance(node, ast.ClassDef)]
    after = [node for node in new if isinstance(node, ast.ClassDef)]
    counts = Counter(node.name for node in before), Counter(node.name for node in after)
    by_name = {node.name: node for node in after}
    return [
        (node, by_name[node.name])
        for node in before
        if counts[0][node.name] == counts[1][node.name] == 1
    ]


def _head(node: ast.ClassDef) -> Iterator[ast.AST]:
    """Yields a class and all nodes of its head."""
    yield node
    for part in (*node.decorator_list, *node.bases, *node.keywords):
        yield from walked(part)


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
        inner = [part for part in ast.iter_child_nodes(node) if isinstance(part, _STATEMENTS)]
        waiting += [(name, part) for part in reversed(inner)]
