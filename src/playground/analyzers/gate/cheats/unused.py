"""Dodges around what is not used: it has to go, not to be put to some use."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import bound_names, code_of, loaded_names
from playground.analyzers.gate.view import ChangeView, Side
from playground.domain.verdicts import Objection


def leftovers(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Unused names that stay, and the wrong one of two definitions removed."""
    if rule.one_of("F841"):
        yield from _locals(view)
    if rule.one_of("F401") and not view.path.endswith("__init__.py"):
        yield from _imports(view)
    if rule.one_of("F811", "reportRedeclaration"):
        yield from _redefinitions(view)
    if rule.one_of("F601"):
        yield from _keys(view)
    if rule.one_of("B015", "B018"):
        made = bound_names(view.new_part.nodes) - bound_names(view.old_part.nodes)
        kept = {code_of(node) for node in _assignments(view.new_part.nodes)} - {
            code_of(node) for node in _assignments(view.old_part.nodes)
        }
        if made or kept:
            message = "A useless expression became an assignment; remove it."
            yield Objection("dodge:discard", message)


def _keys(view: ChangeView) -> Iterator[Objection]:
    """Of a repeated key the last value counts."""
    old, new = _mappings(view.old), _mappings(view.new)
    for keys, values in old.items():
        if keys in new and not values <= new[keys]:
            message = "A repeated key was removed with the value that counted, the last one."
            yield Objection("dodge:deleted", message)
            return


def _mappings(side: Side) -> dict[frozenset[str], set[tuple[tuple[str, str], ...]]]:
    found: dict[frozenset[str], set[tuple[tuple[str, str], ...]]] = {}
    for node in side.of(ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        last = {code_of(key): code_of(value) for key, value in pairs if key is not None}
        found.setdefault(frozenset(last), set()).add(tuple(sorted(last.items())))
    return found


def _assignments(nodes: tuple[ast.AST, ...]) -> Iterator[ast.AST]:
    return (node for node in nodes if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign))


def _locals(view: ChangeView) -> Iterator[Objection]:
    for name, (old, new) in view.function_pairs.items():
        before, after = list(ast.walk(old)), list(ast.walk(new))
        unused = _stored(before) - loaded_names(before)
        kept = unused & _stored(after) & loaded_names(after)
        if kept:
            message = f"{min(kept)} was not used in {name} and is now; remove it instead."
            yield Objection("dodge:discard", message)
        gained = _attributes(after) - _attributes(before)
        if gained:
            message = f"The unused value is now stored as {min(gained)}; remove it instead."
            yield Objection("dodge:discard", message)


def _stored(nodes: list[ast.AST]) -> set[str]:
    found = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return found | {n.name for n in nodes if isinstance(n, ast.ExceptHandler) and n.name}


def _attributes(nodes: list[ast.AST]) -> set[str]:
    return {
        code_of(node)
        for node in nodes
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
    }


def _imports(view: ChangeView) -> Iterator[Objection]:
    before, after = _imported(view.old), _imported(view.new)
    unused = before - view.old.loaded
    used = unused & after & view.new.loaded
    if used:
        message = f"The import {min(used)} was not used and is now; remove it instead."
        yield Objection("dodge:discard", message)


def _imported(side: Side) -> set[str]:
    return {
        (alias.asname or alias.name).split(".", 1)[0]
        for node in side.imports
        for alias in node.names
    }


def _redefinitions(view: ChangeView) -> Iterator[Objection]:
    """Of two definitions the last one counts: removing it brings a dead one back to life."""
    doubled = {name.split("#", 1)[0] for name in view.old.definitions if "#" in name}
    for name in sorted(doubled):
        old, new = _all_named(view.old, name), _all_named(view.new, name)
        if not new or len(view.new.definitions) > len(view.old.definitions):
            continue
        if len(new) == len(old):
            message = f"{name} is still defined {len(new)} times; keep the last definition only."
            yield Objection("dodge:dead-branch", message)
        elif len(view.new.definitions) < len(view.old.definitions) and new[-1] not in {
            *old[-1:],
        }:
            message = f"The definition of {name} that counted, the last one, was removed."
            yield Objection("dodge:deleted", message)


def _all_named(side: Side, name: str) -> list[str]:
    return [code_of(node) for key, node in side.definitions.items() if key.split("#", 1)[0] == name]
