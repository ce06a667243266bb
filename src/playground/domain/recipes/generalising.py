"""Anti-unification of edits: what they share, with variables where they differ."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from playground.domain.recipes.edits import Edit
from playground.domain.recipes.forms import Form, form_of, forms_in
from playground.domain.recipes.patterns import Kind

_ARGUMENT_LISTS = {"Call.args", "List.elts", "Tuple.elts", "Set.elts"}
_STATEMENT_LISTS = {"body", "orelse", "finalbody"}

Nodes = tuple[ast.AST, ...]


class NotGeneral(Exception):
    """The edits share no pattern at this level."""


@dataclass(frozen=True)
class General:
    """Both sides of a pattern with their variables."""

    before: Nodes
    after: Nodes
    kinds: dict[str, Kind]


def generalised(edits: Sequence[Edit]) -> General:
    """Returns the pattern of edits of one unit.

    Raises:
        NotGeneral: they share none, or what is new in one of them follows from nothing before.
    """
    work = _Work(
        [frozenset(f for n in edit.after for f in forms_in(n)) for edit in edits],
        taken=frozenset(name for edit in edits for name in _names(edit)),
    )
    before = work.roots([list(edit.before) for edit in edits])
    work.learning = False
    after = work.roots([list(edit.after) for edit in edits])
    used = {name for node in before for name in _names_in(node)}
    kinds = {name: kind for name, kind in work.kinds.items() if name in used}
    if any(n in work.kinds and n not in kinds for node in after for n in _names_in(node)):
        raise NotGeneral
    return General(before, after, kinds)


def _names(edit: Edit) -> set[str]:
    return {name for node in (*edit.before, *edit.after) for name in _names_in(node)}


def _names_in(tree: ast.AST) -> set[str]:
    return {
        value
        for node in ast.walk(tree)
        for value in (getattr(node, name, None) for name in node._fields)
        if isinstance(value, str) and not isinstance(node, ast.Constant)
    }


@dataclass
class _Work:
    """The table of differences, filled by the side before and read by the side after.

    Attributes:
        kept: for each edit the forms of everything in its code afterwards.
        taken: names that no variable may have.
        table: the variable of each difference, by kind of place and the forms of the parts.
        kinds: what each variable stands for.
        learning: whether new variables may be made.
    """

    kept: list[frozenset[Form]]
    taken: frozenset[str]
    table: dict[tuple[object, ...], str] = field(default_factory=dict[tuple[object, ...], str])
    kinds: dict[str, Kind] = field(default_factory=dict[str, Kind])
    learning: bool = True

    def roots(self, sides: list[list[ast.AST]]) -> Nodes:
        """Generalises the roots of one side; a root of its own is never a variable."""
        in_block = all(isinstance(node, ast.stmt) for side in sides for node in side)
        if in_block and (not self.learning or len({len(side) for side in sides}) > 1):
            return tuple(self.statements(sides))
        columns = zip(*sides, strict=True)
        return tuple(self._root(list(column)) for column in columns)

    def _root(self, nodes: list[ast.AST]) -> ast.AST:
        if self._all_equal(nodes):
            return nodes[0]
        known = None if self.learning else self._known(nodes)
        return known if known is not None else self._structure(nodes)

    # ── one place ────────────────────────────────────────────────────────────────────────────

    def node(self, nodes: list[ast.AST]) -> ast.AST:
        """Generalises one node of each edit."""
        if self._all_equal(nodes):
            return nodes[0]
        known = self._known(nodes)
        if known is not None:
            return known
        expressions = all(isinstance(n, ast.expr) and not isinstance(n, ast.Starred) for n in nodes)
        unchanged = self.learning and all(
            form_of(n) in kept for n, kept in zip(nodes, self.kept, strict=True)
        )
        if expressions and (unchanged or all(isinstance(n, ast.Name) for n in nodes)):
            return self._variable(nodes)
        if all(isinstance(n, ast.arguments) for n in nodes) and unchanged:
            return self._variable(nodes)
        table, kinds = dict(self.table), dict(self.kinds)
        try:
            return self._structure(nodes)
        except NotGeneral:
            self.table, self.kinds = table, kinds
            if not expressions:
                raise
            return self._variable(nodes)

    def _all_equal(self, nodes: list[ast.AST]) -> bool:
        return len({form_of(node) for node in nodes}) == 1

    def _key(self, nodes: list[ast.AST]) -> tuple[object, ...]:
        if all(isinstance(n, ast.Name) for n in nodes):
            return ("name", *(cast("ast.Name", n).id for n in nodes))
        return ("node", *(form_of(n) for n in nodes))

    def _known(self, nodes: list[ast.AST]) -> ast.AST | None:
        name = self.table.get(self._key(nodes))
        return None if name is None else self._shown(name, nodes[0])

    def _shown(self, name: str, like: ast.AST) -> ast.AST:
        if self.kinds[name] is Kind.PARAMETERS:
            return ast.arguments([], [], ast.arg(name), [], [], None, [])
        return ast.Name(name, getattr(like, "ctx", ast.Load()))

    def _variable(self, nodes: list[ast.AST]) -> ast.AST:
        if all(isinstance(n, ast.Name) for n in nodes):
            kind = Kind.NAME
        else:
            kind = Kind.PARAMETERS if isinstance(nodes[0], ast.arguments) else Kind.EXPRESSION
        return self._shown(self._named(self._key(nodes), kind), nodes[0])

    def _named(self, key: tuple[object, ...], kind: Kind) -> str:
        known = self.table.get(key)
        if known is not None:
            return known
        if not self.learning:
            raise NotGeneral
        number = 1
        while f"{kind.value}_{number}" in self.kinds or f"{kind.value}_{number}" in self.taken:
            number += 1
        name = f"{kind.value}_{number}"
        self.table[key], self.kinds[name] = name, kind
        return name

    # ── structure ────────────────────────────────────────────────────────────────────────────

    def _structure(self, nodes: list[ast.AST]) -> ast.AST:
        first = nodes[0]
        if len({type(node) for node in nodes}) > 1 or isinstance(
            first, ast.JoinedStr | ast.Constant
        ):
            raise NotGeneral
        fields: dict[str, object] = {}
        for name in first._fields:
            values = [getattr(node, name, None) for node in nodes]
            kept = name in {"ctx", "type_comment", "kind"}
            fields[name] = (
                values[0] if kept else self._field(f"{type(first).__name__}.{name}", values)
            )
        return cast("Callable[..., ast.AST]", type(first))(**fields)

    def _field(self, key: str, values: Sequence[object]) -> object:
        if len({form_of(value) for value in values}) == 1:
            return values[0]
        if all(isinstance(value, ast.AST) for value in values):
            return self.node(cast("list[ast.AST]", values))
        if all(isinstance(value, list) for value in values):
            return self._lists(key, cast("list[list[object]]", values))
        if all(isinstance(value, str) for value in values) and key != "Constant.value":
            return self._named(("name", *values), Kind.NAME)
        raise NotGeneral

    def _lists(self, key: str, values: list[list[object]]) -> list[ast.AST]:
        if not all(isinstance(item, ast.AST) for items in values for item in items):
            raise NotGeneral
        lists = cast("list[list[ast.AST]]", values)
        if key.rpartition(".")[2] in _STATEMENT_LISTS:
            return self.statements(lists)
        if len({len(items) for items in lists}) == 1:
            return [self.node(list(column)) for column in zip(*lists, strict=True)]
        if key in _ARGUMENT_LISTS:
            return self._runs(lists, Kind.ARGUMENTS)
        raise NotGeneral

    def statements(self, lists: list[list[ast.AST]]) -> list[ast.AST]:
        """Generalises blocks: what the edits leave as it was, at both ends, is one variable."""
        return self._runs(lists, Kind.STATEMENTS)

    def _runs(self, lists: list[list[ast.AST]], kind: Kind) -> list[ast.AST]:
        if len({form_of(items) for items in lists}) == 1:
            return lists[0]
        if not self.learning:
            return self._known_runs(lists, kind)
        parts = [self._parts(items, kept) for items, kept in zip(lists, self.kept, strict=True)]
        if len({len(part) for part in parts}) > 1:
            raise NotGeneral
        made: list[ast.AST] = []
        for number, column in enumerate(zip(*parts, strict=True)):
            pieces = list(column)
            if number % 2 == 0:
                made += self._run(pieces, kind)
            elif len({len(piece) for piece in pieces}) > 1:
                raise NotGeneral
            else:
                made += [self.node(list(nodes)) for nodes in zip(*pieces, strict=True)]
        return made

    def _parts(self, items: list[ast.AST], kept: frozenset[Form]) -> list[list[ast.AST]]:
        """Splits a list into runs: kept, changed, …, kept; the first and last may be empty."""
        parts: list[list[ast.AST]] = [[]]
        for item in items:
            is_kept = form_of(item) in kept
            if is_kept is not (len(parts) % 2 == 1):
                parts.append([])
            parts[-1].append(item)
        return parts if len(parts) % 2 else [*parts, []]

    def _run(self, lists: list[list[ast.AST]], kind: Kind) -> list[ast.AST]:
        if len({form_of(items) for items in lists}) == 1:
            return lists[0]
        key = (kind, *(form_of(items) for items in lists))
        return [_run_node(self._named(key, kind), kind)]

    def _known_runs(self, lists: list[list[ast.AST]], kind: Kind) -> list[ast.AST]:
        """Splits lists at a run that the side before has a variable for, the longest first."""
        runs = [(key, name) for key, name in self.table.items() if key[0] is kind]
        for key, name in sorted(runs, key=lambda run: (-_length(run[0]), run[1])):
            wanted = [cast("Form", form)[1:] for form in key[1:]]
            places = [_place(items, run) for items, run in zip(lists, wanted, strict=True)]
            if all(place is not None for place in places):
                cut = list(zip(lists, cast("list[int]", places), wanted, strict=True))
                left = self._runs([items[:at] for items, at, _ in cut], kind)
                right = self._runs([items[at + len(run) :] for items, at, run in cut], kind)
                return [*left, _run_node(name, kind), *right]
        if len({len(items) for items in lists}) == 1:
            return [self.node(list(column)) for column in zip(*lists, strict=True)]
        raise NotGeneral


def _run_node(name: str, kind: Kind) -> ast.AST:
    variable = ast.Name(name, ast.Load())
    return ast.Expr(variable) if kind is Kind.STATEMENTS else ast.Starred(variable, ast.Load())


def _length(key: tuple[object, ...]) -> int:
    return sum(len(cast("Form", form)) for form in key[1:])


def _place(items: list[ast.AST], run: Form) -> int | None:
    """Returns where the first run of nodes with these forms begins."""
    forms = [form_of(item) for item in items]
    for start in range(len(forms) - len(run) + 1):
        if tuple(forms[start : start + len(run)]) == run:
            return start
    return None
