"""What `with` closes and is worked with behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name, walked
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part
from playground.domain.verdicts import Objection

_ABOUT = frozenset({"name", "closed", "mode", "returncode"})
_LAZY = frozenset(
    {"map", "filter", "iter", "enumerate", "zip", "reader", "DictReader", "reversed", "islice",
     "chain", "TextIOWrapper", "BufferedReader", "iterparse"}
)  # fmt: skip


def used_after(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """A repair that closes a file must not leave anything behind that reads from it."""
    if not rule.one_of("SIM115", "PLR1732"):
        return
    before = {_items(node) for node in view.old_part.nodes if isinstance(node, ast.With)}
    for around, node in _withs(view.new_part):
        if _items(node) in before:
            continue
        names = set(_kept(node))
        left = names & _read_behind(around, node, names)
        if left:
            message = f"{min(left)} is read behind the `with` that closes it; keep it inside."
            yield Objection("dodge:weakened", message)
            return


def _items(node: ast.With) -> str:
    return ", ".join(code_of(item) for item in node.items)


def _withs(part: Part) -> Iterator[tuple[ast.AST, ast.With]]:
    """Yields each `with` and the function or module around it."""
    scopes = [node for node in part.nodes if isinstance(node, ast.Module | FunctionNode)]
    seen: set[int] = set()
    for scope in reversed(scopes):
        for node in walked(scope):
            if isinstance(node, ast.With) and id(node) not in seen:
                seen.add(id(node))
                yield scope, node


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


def _read_behind(around: ast.AST, node: ast.With, names: set[str]) -> set[str]:
    """Returns which of these names are read behind a `with` before they are bound again."""
    end = node.end_lineno or node.lineno
    about = {
        id(inner.value)
        for inner in walked(around)
        if isinstance(inner, ast.Attribute) and inner.attr in _ABOUT
    }
    uses = sorted(
        (inner.lineno, inner.col_offset, inner.id, isinstance(inner.ctx, ast.Load))
        for inner in walked(around)
        if isinstance(inner, ast.Name) and inner.id in names and inner.lineno > end
        if id(inner) not in about
    )
    first: dict[str, bool] = {}
    for _line, _column, name, reads in uses:
        first.setdefault(name, reads)
    return {name for name, reads in first.items() if reads}
