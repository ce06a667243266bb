"""Dodges with default values: what a call that leaves an argument out now gets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import code_of, last_name
from playground.analyzers.gate.view import ChangeView, FunctionNode
from playground.domain.verdicts import Objection

_MUTATING = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "pop", "remove", "discard",
     "clear", "sort", "reverse", "appendleft", "popitem"}
)  # fmt: skip
_EMPTY_DEFAULTS = frozenset({"()", "frozenset()", "''", "None"})
_REWRITING = (
    "UP", "C4", "SIM", "PIE", "FURB", "RUF005", "RUF010", "E7", "Q", "FLY", "F541", "ISC", "S108",
)  # fmt: skip
_Defaults = dict[str, ast.expr | None]


@dataclass(frozen=True, slots=True)
class _Change:
    """A default that changed.

    Attributes:
        view: the file.
        function: the function afterwards.
        parameter: its name.
        rule: what the change is to repair.
    """

    view: ChangeView
    function: FunctionNode
    parameter: str
    rule: Prescription


def values(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Defaults that changed, that moved into the body as something else, or that pass a check."""
    if rule.one_of(*_REWRITING):
        return
    for name, (old, new) in view.function_pairs.items():
        before, after = _defaults(old), _defaults(new)
        for parameter in before.keys() & after.keys():
            was, now = before[parameter], after[parameter]
            if now is None or code_of(was) == code_of(now):
                continue  # a default that is gone is the signature's matter
            problem = _problem(_Change(view, new, parameter, rule), was, now)
            if problem:
                yield Objection("dodge:weakened", f"{name}: {problem}")
                return


def _problem(change: _Change, was: ast.expr | None, now: ast.expr) -> str:
    if was is None:
        return _added_default(change, now)
    if code_of(now) != "None":
        return _other_default(change, was, now)
    return _moved_default(change.function, change.parameter, was)


def _added_default(change: _Change, now: ast.expr) -> str:
    parameter = change.parameter
    if change.rule.one_of("reportCallIssue"):
        return f"{parameter} got a default so that a call may leave it out; pass the argument."
    compared = {
        code_of(right)
        for node in ast.walk(change.function)
        if isinstance(node, ast.Compare) and code_of(node.left) == parameter
        for right in node.comparators
    }
    if code_of(now) in compared and not change.rule.one_of("F821"):
        return f"the default of {parameter} passes the check by itself; choose another."
    return ""


def _other_default(change: _Change, was: ast.expr, now: ast.expr) -> str:
    if change.rule.one_of("B006") and code_of(now) in _EMPTY_DEFAULTS:
        return ""
    shared = change.rule.one_of("B008", "RUF009") and isinstance(now, ast.Name)
    if shared and code_of(change.view.new.constants.get(code_of(now))) == code_of(was):
        return ""
    return f"the default of {change.parameter} is another one; keep it, or make it in the body."


def _moved_default(function: FunctionNode, parameter: str, was: ast.expr) -> str:
    """The body has to make the old default, and only where no argument was given."""
    assigned = [node for node in ast.walk(function) if _assigns(node, parameter)]
    made = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.expr) and code_of(node) == code_of(was)
    ]
    if code_of(was) != "None" and len(made) == 0:
        return f"the old default of {parameter} is gone; make it in the body if none is given."
    if any(_is_unasked(node, function, parameter) for node in assigned):
        return f"{parameter} is replaced even if it was given; do so only if it is None."
    if _is_mutated(function, parameter) and any(_falls_back(n, parameter) for n in assigned):
        return f"an empty {parameter} that was given is replaced too; ask `is None`, not `or`."
    return ""


def _defaults(function: FunctionNode) -> _Defaults:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    found: _Defaults = {argument.arg: None for argument in positional[:missing]}
    for argument, default in zip(positional[missing:], arguments.defaults, strict=True):
        found[argument.arg] = default
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found[argument.arg] = default
    return found


def _assigns(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name) and node.target.id == name
    return False


def _is_unasked(assignment: ast.AST, function: FunctionNode, parameter: str) -> bool:
    """Whether an assignment to a parameter reads it neither itself nor in a condition around."""
    value = getattr(assignment, "value", None)
    if not isinstance(value, ast.expr) or _reads(value, parameter):
        return False
    around = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.If) and any(inner is assignment for inner in ast.walk(node))
    ]
    if not any(_reads(node.test, parameter) for node in around):
        return True
    return any(
        code_of(node.test) == f"{parameter} is not None"
        and any(inner is assignment for s in node.body for inner in ast.walk(s))
        for node in around
    )


def _reads(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _falls_back(assignment: ast.AST, parameter: str) -> bool:
    """Whether an assignment is `x = x or …`."""
    value = getattr(assignment, "value", None)
    return (
        isinstance(value, ast.BoolOp)
        and isinstance(value.op, ast.Or)
        and code_of(value.values[0]) == parameter
    )


def _is_mutated(function: FunctionNode, parameter: str) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if last_name(node.func) in _MUTATING and code_of(node.func.value) == parameter:
                return True
        elif isinstance(node, ast.Subscript | ast.Attribute):
            stored = isinstance(node.ctx, ast.Store | ast.Del)
            if stored and code_of(node.value) == parameter:
                return True
        elif isinstance(node, ast.AugAssign) and code_of(node.target) == parameter:
            return True
    return False
