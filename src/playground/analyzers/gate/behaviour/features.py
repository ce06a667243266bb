"""What changed statements do, as counts of small source texts by aspect."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from playground.analyzers.gate.behaviour.outside import is_io
from playground.analyzers.gate.cheats.syntax import (
    bound_names,
    code_of,
    dotted,
    is_docstring,
    last_name,
)
from playground.analyzers.gate.view import FunctionNode, Part
from playground.domain.verdicts import Aspect

_FLOW = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.Return, ast.Raise, ast.Break, ast.Continue,
    ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.Match,
)  # fmt: skip
_TESTED = ast.If | ast.IfExp | ast.While | ast.Assert
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True)
class Features:
    """One side of a change.

    Attributes:
        part: the statements that the other side does not have.
        imports: what imported names stand for, by name.
    """

    part: Part
    imports: Mapping[str, str]

    @cached_property
    def counts(self) -> dict[Aspect, Counter[str]]:
        """How often each thing is done, by aspect."""
        found: defaultdict[Aspect, Counter[str]] = defaultdict(Counter)
        for node in self._nodes:
            for collect in _BY_NODE:
                for aspect, text in collect(node, self):
                    found[aspect][text] += 1
        for aspect, text in (*self._writes(), *self._reads()):
            found[aspect][text] += 1
        for _node, text in self.code:
            found[Aspect.CODE][text] += 1
        return dict(found)

    @cached_property
    def code(self) -> list[tuple[ast.stmt, str]]:
        """The changed statements in source order with their text, compound ones as their head."""
        return [
            (node, head_of(node))
            for node in self.part.statements
            if id(node) not in self._docstrings
            and not isinstance(node, ast.Import | ast.ImportFrom)
        ]

    @cached_property
    def blocks(self) -> Counter[tuple[str, tuple[str, ...]]]:
        """The changed statements with the blocks that they stand in."""
        around: dict[int, tuple[str, ...]] = {}
        for node in self.part.nodes:
            for field in _BODIES:
                inner: object = getattr(node, field, None)
                if isinstance(inner, list):
                    chain = (*around.get(id(node), ()), f"{type(node).__name__}.{field}")
                    around.update((id(part), chain) for part in cast("list[object]", inner))
        return Counter((head, around.get(id(node), ())) for node, head in self.code)

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        """All nodes of the part but those of docstrings, annotations and imports."""
        left_out: set[int] = set()
        for node in self.part.nodes:
            if id(node) in self._docstrings or isinstance(node, ast.Import | ast.ImportFrom):
                left_out.update(id(inner) for inner in ast.walk(node))
            for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
                if isinstance(annotation, ast.AST):
                    left_out.update(id(inner) for inner in ast.walk(annotation))
        return [node for node in self.part.nodes if id(node) not in left_out]

    @cached_property
    def _docstrings(self) -> set[int]:
        return {
            id(node.body[0])
            for node in self.part.nodes
            if isinstance(node, ast.Module | ast.ClassDef | FunctionNode)
            and node.body
            and is_docstring(node.body[0])
        }

    def resolved(self, name: str) -> str:
        """Returns a dotted name with its first part as it was imported."""
        first, dot, rest = name.partition(".")
        return f"{self.imports.get(first, first)}{dot}{rest}"

    def _writes(self) -> Iterator[tuple[Aspect, str]]:
        shared = {
            name
            for node in self._nodes
            if isinstance(node, ast.Global | ast.Nonlocal)
            for name in node.names
        }
        for name in shared:
            yield Aspect.WRITES, name
        for node in self._nodes:
            if isinstance(node, ast.Attribute | ast.Subscript) and not _is_read(node):
                yield Aspect.WRITES, _short(node)
        for name in self._bound_outside:
            yield Aspect.WRITES, name

    @cached_property
    def _bound_outside(self) -> set[str]:
        """Names that changed code outside of functions binds."""
        inside = {
            id(inner)
            for node in self.part.nodes
            if isinstance(node, FunctionNode | ast.Lambda)
            for inner in ast.walk(node)
            if inner is not node
        }
        return bound_names(node for node in self._nodes if id(node) not in inside)

    def _reads(self) -> Iterator[tuple[Aspect, str]]:
        bound = bound_names(self._nodes) - self._bound_outside
        for name in {n.id for n in self._nodes if isinstance(n, ast.Name) and _is_read(n)} - bound:
            yield Aspect.READS, name


_Found = Iterator[tuple[Aspect, str]]


def _calls(node: ast.AST, features: Features) -> _Found:
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        if is_io(features.resolved(name)):
            yield Aspect.IO, _short(node)
        else:
            yield Aspect.CALLS, name if not name.startswith("()") else _short(node.func)


def _errors(node: ast.AST, _features: Features) -> _Found:
    if isinstance(node, ast.Raise):
        what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        yield Aspect.RAISED, _short(what) if what is not None else "the caught one again"
    elif isinstance(node, ast.ExceptHandler):
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for kind in kinds:
            yield Aspect.CAUGHT, _short(kind) if kind is not None else "everything"
    elif isinstance(node, ast.Call) and last_name(node.func) == "suppress":
        for kind in node.args:
            yield Aspect.CAUGHT, _short(kind)
    if isinstance(node, ast.Assert):
        yield Aspect.RAISED, "AssertionError"


def _checks(node: ast.AST, _features: Features) -> _Found:
    """Yields conditions, each operand of `and` and `or` on its own, wherever it stands."""
    if isinstance(node, _TESTED):
        yield from ((Aspect.CHECKS, code) for code in _atoms(node.test))
    elif isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield from ((Aspect.CHECKS, code) for code in _atoms(test))
    elif isinstance(node, ast.match_case):
        yield Aspect.CHECKS, f"case {_short(node.pattern)}"
        if node.guard is not None:
            yield from ((Aspect.CHECKS, code) for code in _atoms(node.guard))
    elif isinstance(node, ast.BoolOp):
        # The last operand is a value as often as it is a condition, and counts like the others.
        for value in node.values:
            if not isinstance(value, ast.BoolOp):
                yield Aspect.CHECKS, _short(value)


def _atoms(test: ast.expr) -> Iterator[str]:
    if not isinstance(test, ast.BoolOp):
        yield _short(test)


def _flow(node: ast.AST, _features: Features) -> _Found:
    if isinstance(node, _FLOW):
        name = type(node).__name__.lower().removeprefix("async")
        yield Aspect.FLOW, {"trystar": "try"}.get(name, name)
        if isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try) and node.orelse:
            yield Aspect.FLOW, "else"
        if isinstance(node, ast.Try) and node.finalbody:
            yield Aspect.FLOW, "finally"
    if isinstance(node, ast.Return):
        yield Aspect.RETURNS, _short(node.value) if node.value is not None else "nothing"
    elif isinstance(node, ast.IfExp):
        yield Aspect.FLOW, "conditional expression"
    elif isinstance(node, ast.comprehension):
        yield Aspect.FLOW, "comprehension"


def _waits(node: ast.AST, _features: Features) -> _Found:
    if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom):
        yield Aspect.WAITS, _short(node)
    elif isinstance(node, ast.AsyncFor | ast.AsyncWith):
        yield Aspect.WAITS, head_of(node)
    elif isinstance(node, ast.comprehension) and node.is_async:
        yield Aspect.WAITS, f"async for {_short(node.target)}"
    elif isinstance(node, ast.AsyncFunctionDef):
        yield Aspect.WAITS, f"async def {node.name}"


def _literals(node: ast.AST, _features: Features) -> _Found:
    if isinstance(node, ast.Constant):
        yield Aspect.LITERALS, _short(node)


def _decorators(node: ast.AST, _features: Features) -> _Found:
    if isinstance(node, ast.ClassDef | FunctionNode):
        for decorator in node.decorator_list:
            yield Aspect.DECORATORS, f"@{_short(decorator)} of {node.name}"


_BY_NODE: tuple[Callable[[ast.AST, Features], _Found], ...] = (
    _calls,
    _errors,
    _checks,
    _flow,
    _waits,
    _literals,
    _decorators,
)


def head_of(node: ast.stmt) -> str:
    """Returns a statement in normal form, without what it holds and without annotations."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return f"{_short(node.target)} = {_short(node.value)}"
    if isinstance(node, FunctionNode):
        return f"def {node.name}({', '.join(_parameters(node.args))})"
    if isinstance(node, ast.ClassDef):
        bases = [code_of(part) for part in (*node.bases, *node.keywords)]
        return f"class {node.name}({', '.join(bases)})"
    if not any(getattr(node, field, None) for field in _BODIES):
        return _short(node)
    return " ".join(_compound(node).split())


def _compound(node: ast.stmt) -> str:
    match node:
        case ast.If(test=test) | ast.While(test=test):
            return f"{type(node).__name__.lower()} {code_of(test)}"
        case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
            return f"for {code_of(target)} in {code_of(source)}"
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return "with " + ", ".join(code_of(item) for item in items)
        case ast.Match(subject=subject):
            return f"match {code_of(subject)}"
        case _:
            return "try"


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    yield from _with_defaults(positional, [*missing, *arguments.defaults])
    if arguments.vararg:
        yield f"*{arguments.vararg.arg}"
    yield from _with_defaults(arguments.kwonlyargs, arguments.kw_defaults)
    if arguments.kwarg:
        yield f"**{arguments.kwarg.arg}"


def _with_defaults(names: list[ast.arg], defaults: Iterable[ast.expr | None]) -> Iterator[str]:
    for name, default in zip(names, defaults, strict=True):
        yield name.arg if default is None else f"{name.arg}={code_of(default)}"


def _is_read(node: ast.Name | ast.Attribute | ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Load)


def _short(node: ast.AST | None) -> str:
    return " ".join(code_of(node).split())
