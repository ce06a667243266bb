"""What `with` closes and is worked with behind it."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name, walked
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part
from playground.domain.verdicts import Objection

_ABOUT = frozenset({"name", "closed", "mode", "returncode"})
_LAZY = frozenset(
    {"map", "filter", "iter", "enumerate", "zip", "reader", "DictReader", "reversed", "islice",
     "chain", "TextIOWrapper", "BufferedReader", "iterparse"}
)  # fmt: skip

_Uses = Mapping[str, Sequence[tuple[int, int, bool]]]


def used_after(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """A repair that closes a file must not leave anything behind that reads from it."""
    if not rule.one_of("SIM115", "PLR1732"):
        return
    before = {_items(node) for node in view.old_part.nodes if isinstance(node, ast.With)}
    for node, reads in _withs(view.new_part):
        if _items(node) in before:
            continue
        if rule.one_of("SIM115") and _kept_in_object(node):
            message = "What `with` closes is kept in an object, which would have it closed."
            yield Objection("dodge:weakened", message)
            return
        left = {name for name in _kept(node) if _is_read_behind(node, reads.get(name, ()))}
        if left:
            message = f"{min(left)} is read behind the `with` that closes it; keep it inside."
            yield Objection("dodge:weakened", message)
            return


def _items(node: ast.With) -> str:
    return ", ".join(code_of(item) for item in node.items)


def _kept_in_object(node: ast.With) -> bool:
    kept = (item.optional_vars for item in node.items)
    return any(isinstance(target, ast.Attribute | ast.Subscript) for target in kept)


def _withs(part: Part) -> Iterator[tuple[ast.With, _Uses]]:
    """Yields each `with`, and how names are used in the function or module around it."""
    scopes = [node for node in part.nodes if isinstance(node, ast.Module | FunctionNode)]
    seen: set[int] = set()
    for scope in reversed(scopes):
        nodes = walked(scope)
        own = [node for node in nodes if isinstance(node, ast.With) and id(node) not in seen]
        if own:
            seen |= {id(node) for node in own}
            uses = _uses(nodes)
            yield from ((node, uses) for node in own)


def _uses(nodes: Iterable[ast.AST]) -> _Uses:
    """Returns by name where it is bound and read; asking what a file is called reads nothing."""
    names: list[ast.Name] = []
    about: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            names.append(node)
        elif isinstance(node, ast.Attribute) and node.attr in _ABOUT:
            about.add(id(node.value))
    uses: dict[str, list[tuple[int, int, bool]]] = {}
    for node in names:
        if id(node) not in about:
            use = node.lineno, node.col_offset, isinstance(node.ctx, ast.Load)
            uses.setdefault(node.id, []).append(use)
    for places in uses.values():
        places.sort()
    return uses


def _is_read_behind(node: ast.With, places: Sequence[tuple[int, int, bool]]) -> bool:
    """Whether a name is read behind a `with` before it is bound again."""
    end = node.end_lineno or node.lineno
    first = bisect_left(places, (end + 1, 0, False))
    return first < len(places) and places[first][2]


def _kept(node: ast.With) -> Iterator[str]:
    """Yields the names of what is closed, and of what reads from it when it is asked."""
    opened = {
        item.optional_vars.id for item in node.items if isinstance(item.optional_vars, ast.Name)
    }
    yield from opened
    inside = [inner for inner in walked(*node.body) if isinstance(inner, ast.Assign)]
    last = {
        target.id: inner.value
        for inner in sorted(inside, key=lambda inner: inner.lineno)
        for target in inner.targets
        if isinstance(target, ast.Name)
    }
    yield from (name for name, value in last.items() if _waits(value, opened))


def _waits(value: ast.expr, opened: set[str]) -> bool:
    """Whether a value is what was opened, or reads from it later."""
    if isinstance(value, ast.Name):
        return value.id in opened
    if isinstance(value, ast.GeneratorExp):
        return dotted(value.generators[0].iter) in opened
    if not isinstance(value, ast.Call) or last_name(value.func) not in _LAZY:
        return False
    return any(dotted(argument) in opened for argument in value.args)
