"""Queries whose placeholders and parameters do not agree on every way to the call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.view import ChangeView, FunctionNode
from playground.domain.verdicts import Objection

_CALLS = frozenset({"execute"})


def mismatches(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Yields an objection when a call of `execute` gets more or fewer values than it asks for.

    The query may be a text, or a name to which the function assigns nothing but texts: then the
    parameters must fit each of them, because each may be the one that arrives at the call. Only
    the style with question marks is counted.
    """
    if not rule.one_of("S608"):
        return
    for before, after in view.function_pairs.values():
        if set(_wrong(after)) - set(_wrong(before)):
            yield Objection(
                "dodge:placeholders",
                "The query's question marks and its parameters differ in number on some way; "
                "build both together.",
            )
            return


def _wrong(function: FunctionNode) -> Iterator[str]:
    texts = _assigned_texts(function)
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in _CALLS or not node.args or node.keywords:
            continue
        given = _given(node.args[1:])
        for text in _queries(node.args[0], texts):
            if given is not None and text.count("?") != given:
                yield text


def _given(arguments: list[ast.expr]) -> int | None:
    """Returns how many parameters a call gives, None when that cannot be told."""
    if not arguments:
        return 0
    first = arguments[0]
    if len(arguments) > 1 or not isinstance(first, ast.Tuple | ast.List):
        return None
    if any(isinstance(element, ast.Starred) for element in first.elts):
        return None
    return len(first.elts)


def _queries(query: ast.expr, texts: dict[str, list[str] | None]) -> list[str]:
    if isinstance(query, ast.Constant) and isinstance(query.value, str):
        return [query.value]
    if isinstance(query, ast.Name):
        return texts.get(query.id) or []
    return []


def _assigned_texts(function: FunctionNode) -> dict[str, list[str] | None]:
    """Returns the texts that each name may hold, None for a name that may hold something else."""
    found: dict[str, list[str] | None] = {}
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    found.update({argument.arg: None for argument in arguments})
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (t.id for t in targets if isinstance(t, ast.Name)):
                _note(found, name, node.value)
        elif isinstance(node, ast.AugAssign | ast.NamedExpr) and isinstance(node.target, ast.Name):
            found[node.target.id] = None
    return found


def _note(found: dict[str, list[str] | None], name: str, value: ast.expr | None) -> None:
    known = found.setdefault(name, [])
    if known is None:
        return
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        known.append(value.value)
    else:
        found[name] = None
