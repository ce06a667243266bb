"""Laying patterns against code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from playground.domain.findings import Span
from playground.domain.recipes.forms import Form, form_of
from playground.domain.recipes.patterns import (
    Compiled,
    Kind,
    Unit,
    open_ended,
    parameters_variable,
    sequence_variable,
)

STEPS_MAX = 20_000
"""Comparisons of nodes for one finding; a pattern that needs more fits nowhere there."""

_PLACES_MAX = 3
_PLAIN = (ast.Name, ast.Attribute, ast.Constant, ast.expr_context)
_NAMES_OF = {
    "FunctionDef.name",
    "AsyncFunctionDef.name",
    "ClassDef.name",
    "arg.arg",
    "Attribute.attr",
    "keyword.arg",
    "ExceptHandler.name",
    "alias.name",
    "alias.asname",
}


class _TooLong(Exception):
    """The comparison takes more steps than it may."""


@dataclass(frozen=True)
class Bound:
    """What a variable stands for at one place: nodes of the code, or a name."""

    nodes: tuple[ast.AST, ...]
    form: Form
    name: str = ""


Bindings = Mapping[str, Bound]


@dataclass(frozen=True)
class Match:
    """A place where a pattern fits.

    Attributes:
        nodes: nodes of the code, as many as the place has.
        bindings: what the variables stand for.
        at: for each pattern node, by its `id`, the nodes that it fits.
    """

    nodes: tuple[ast.AST, ...]
    bindings: Bindings
    at: Mapping[int, tuple[ast.AST, ...]]

    @property
    def start(self) -> tuple[int, int]:
        """Line from 1 and column from 0, in bytes, where the place begins."""
        first = self.nodes[0]
        return position(first)

    @property
    def end(self) -> tuple[int, int]:
        """Line from 1 and column from 0, in bytes, where the place ends."""
        last = cast("ast.expr", self.nodes[-1])
        return last.end_lineno or 0, last.end_col_offset or 0


def position(node: ast.AST) -> tuple[int, int]:
    """Returns line and column of a node, those of its first decorator where it has one."""
    placed = cast("ast.expr", node)
    heads = cast("list[ast.expr]", getattr(node, "decorator_list", []))
    starts = [(head.lineno, head.col_offset) for head in heads]
    return min([(placed.lineno, placed.col_offset), *starts])


def matches_at(pattern: Compiled, tree: ast.Module, *, span: Span) -> list[Match]:
    """Returns the places of a finding where the pattern fits, the smallest one around it first.

    Where none is around it, the only one within the finding's span.

    Args:
        pattern: what is looked for.
        tree: the whole file.
        span: the finding's, with columns in bytes.
    """
    found = [m for m in _matches(pattern, tree, span=span) if _repeatable(pattern, m)]
    start = (span.start_line, span.start_column - 1)
    around = [m for m in found if m.start <= start <= m.end]
    if around:
        return sorted(around, key=lambda m: (_size(m), m.start))[:_PLACES_MAX]
    end = (span.end_line, span.end_column - 1)
    inside = [m for m in found if start <= m.start and m.end <= end]
    return inside if len(inside) == 1 else []


def _size(match: Match) -> tuple[int, int]:
    (first, left), (last, right) = match.start, match.end
    return last - first, right - left


def _repeatable(pattern: Compiled, match: Match) -> bool:
    """Whether what is evaluated more or less often than before has no effect of its own."""
    for name in pattern.uneven:
        kind = pattern.kinds[name]
        if kind in {Kind.STATEMENTS, Kind.ARGUMENTS, Kind.PARAMETERS}:
            if match.bindings[name].nodes:
                return False
        elif not all(
            isinstance(node, _PLAIN)
            for root in match.bindings[name].nodes
            for node in ast.walk(root)
        ):
            return False
    return True


def _matches(pattern: Compiled, tree: ast.Module, *, span: Span) -> Iterator[Match]:
    comparison = _Comparison(pattern.kinds)
    places = (nodes for node in _near(tree, span) for nodes in _places(pattern, node))
    for nodes in places:
        try:
            states = comparison.lists(list(pattern.before), list(nodes), state=_State({}, {}))
            for state in islice(states, 1):
                yield Match(nodes, state.bindings, state.at)
        except _TooLong:
            return


def _near(tree: ast.Module, span: Span) -> Iterator[ast.AST]:
    """Yields nodes that share a line with the finding, parents first; no parts of f-strings."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, ast.JoinedStr):
            continue
        for child in ast.iter_child_nodes(node):
            first, last = _lines(child)
            if first <= span.end_line and span.start_line <= last:
                waiting.append(child)


def _lines(node: ast.AST) -> tuple[int, int]:
    placed = getattr(node, "lineno", None)
    if placed is None:  # arguments, match cases and the like have no place of their own
        inner = [_lines(child) for child in ast.iter_child_nodes(node)]
        return min((i[0] for i in inner), default=1 << 30), max((i[1] for i in inner), default=0)
    return position(node)[0], cast("ast.expr", node).end_lineno or placed


def _places(pattern: Compiled, node: ast.AST) -> Iterator[tuple[ast.AST, ...]]:
    """Yields what the pattern can be laid against at a node: itself, or runs of its statements."""
    match pattern.recipe.unit:
        case Unit.EXPRESSION:
            if isinstance(node, ast.expr) and isinstance(
                getattr(node, "ctx", ast.Load()), ast.Load
            ):
                yield (node,)
        case Unit.HANDLER:
            if isinstance(node, ast.ExceptHandler):
                yield (node,)
        case Unit.STATEMENTS:
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list):
                    yield from _runs(pattern, cast("list[ast.AST]", block))


def _runs(pattern: Compiled, block: list[ast.AST]) -> Iterator[tuple[ast.AST, ...]]:
    fixed = sum(not open_ended(node, pattern.kinds) for node in pattern.before)
    grows = fixed < len(pattern.before)
    for start in range(len(block)):
        if type(block[start]) is not type(pattern.before[0]):
            continue
        ends = range(start + fixed, len(block) + 1) if grows else (start + fixed,)
        for end in ends:
            if end <= len(block) and type(block[end - 1]) is type(pattern.before[-1]):
                yield tuple(block[start:end])


@dataclass(frozen=True)
class _State:
    bindings: dict[str, Bound]
    at: dict[int, tuple[ast.AST, ...]]

    def bound(self, name: str, what: Bound) -> _State | None:
        """Returns the state with one more binding, None when the variable stands for another."""
        known = self.bindings.get(name)
        if known is not None:
            return self if (known.form, known.name) == (what.form, what.name) else None
        return _State({**self.bindings, name: what}, self.at)

    def placed(self, pattern: ast.AST, nodes: tuple[ast.AST, ...]) -> _State:
        return _State(self.bindings, {**self.at, id(pattern): nodes})


@dataclass
class _Comparison:
    kinds: dict[str, Kind]
    steps: int = field(default=0)

    def lists(
        self, pattern: list[ast.AST], nodes: list[ast.AST], *, state: _State
    ) -> Iterator[_State]:
        """Yields every way in which a list of pattern nodes fits a list of nodes."""
        if not pattern:
            if not nodes:
                yield state
            return
        head, rest = pattern[0], pattern[1:]
        name = sequence_variable(head, self.kinds)
        if name is None:
            if nodes:
                for after in self.nodes(head, nodes[0], state=state):
                    yield from self.lists(rest, nodes[1:], state=after)
            return
        for count in self._counts(rest, len(nodes)):
            self.steps += 1 + count
            if self.steps > STEPS_MAX:
                raise _TooLong
            run = tuple(nodes[:count])
            after = state.bound(name, Bound(run, form_of(list(run))))
            if after is not None:
                yield from self.lists(rest, nodes[count:], state=after.placed(head, run))

    def _counts(self, rest: list[ast.AST], total: int) -> range:
        """Returns how many nodes a run may have."""
        fixed = sum(not open_ended(node, self.kinds) for node in rest)
        if fixed == len(rest):
            return range(max(total - fixed, 0), total - fixed + 1)
        return range(total - fixed + 1)

    def nodes(self, pattern: ast.AST, node: ast.AST, *, state: _State) -> Iterator[_State]:
        """Yields every way in which one pattern node fits a node."""
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise _TooLong
        after = self._variable(pattern, node, state)
        if after is not None:
            yield after.placed(pattern, (node,))
            return
        if type(pattern) is not type(node) or self._is_variable(pattern):
            return
        states = [state.placed(pattern, (node,))]
        for name in pattern._fields:
            if name not in {"ctx", "type_comment", "kind"}:
                key = f"{type(pattern).__name__}.{name}"
                pair = (getattr(pattern, name, None), getattr(node, name, None))
                states = [made for one in states for made in self._field(key, pair, one)]
        yield from states

    def _is_variable(self, pattern: ast.AST) -> bool:
        match pattern:
            case ast.Name(id=name):
                return name in self.kinds
            case ast.arguments():
                return parameters_variable(pattern, self.kinds) is not None
            case _:
                return False

    def _variable(self, pattern: ast.AST, node: ast.AST, state: _State) -> _State | None:
        match pattern, node:
            case ast.Name(id=name), ast.Name(id=actual) if self.kinds.get(name) is Kind.NAME:
                return state.bound(name, Bound((node,), (), actual))
            case ast.Name(id=name), ast.expr() if self.kinds.get(name) is Kind.EXPRESSION:
                return state.bound(name, Bound((node,), form_of(node)))
            case ast.arguments(), ast.arguments():
                whole = parameters_variable(pattern, self.kinds)
                bound = Bound((node,), form_of(node))
                return state.bound(whole, bound) if whole else None
            case _:
                return None

    def _field(self, key: str, pair: tuple[object, object], state: _State) -> Iterator[_State]:
        wanted, actual = pair
        if isinstance(wanted, ast.AST) and isinstance(actual, ast.AST):
            yield from self.nodes(wanted, actual, state=state)
        elif isinstance(wanted, list) and isinstance(actual, list):
            yield from self._items(
                cast("list[object]", wanted), cast("list[object]", actual), state
            )
        elif key in _NAMES_OF and isinstance(wanted, str) and wanted in self.kinds:
            if isinstance(actual, str) and self.kinds[wanted] is Kind.NAME:
                after = state.bound(wanted, Bound((), (), actual))
                if after is not None:
                    yield after
        elif _equal(pair):
            yield state

    def _items(self, wanted: list[object], actual: list[object], state: _State) -> Iterator[_State]:
        """Yields ways for lists of nodes; lists of anything else must be the same."""
        if all(isinstance(item, ast.AST) for item in (*wanted, *actual)):
            pattern, nodes = cast("list[ast.AST]", wanted), cast("list[ast.AST]", actual)
            yield from self.lists(pattern, nodes, state=state)
        elif form_of(wanted) == form_of(actual):
            yield state


def _equal(pair: tuple[object, object]) -> bool:
    return form_of(pair[0]) == form_of(pair[1])
