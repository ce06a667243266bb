"""Dodges that keep a statement's form but turn its meaning: operators, constants, switches."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playground.analyzers.gate.cheats.folding import UNKNOWN, folded
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import last_name
from playground.analyzers.gate.view import ChangeView, Part
from playground.domain.verdicts import Objection

_OFF_WHEN_FALSE = frozenset(
    {
        "verify", "verify_ssl", "ssl", "check_hostname", "secure", "httponly", "autoescape",
        "csrf", "validate", "require_auth", "login_required", "escape",
    }
)  # fmt: skip
_OFF_WHEN_TRUE = frozenset(
    {
        "shell", "debug", "insecure", "allow_pickle", "unsafe", "ignore_errors",
        "skip_validation", "trust_all", "allow_unsafe",
    }
)  # fmt: skip
_OFF_NAMES = frozenset(
    {"_create_unverified_context", "CERT_NONE", "AutoAddPolicy", "disable_warnings"}
)
_MASKED_OPERATORS = (ast.cmpop, ast.boolop, ast.operator)
_INNER = (ast.stmt, ast.ExceptHandler, ast.match_case, ast.expr_context)


def switches(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Protections switched off by an argument or a name."""
    new = _switched_off(view.new_part, rule) - _switched_off(view.old_part, rule)
    if new:
        yield Objection("dodge:weakened", f"A protection was switched off ({min(new)}).")


def _switched_off(part: Part, rule: Prescription) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in part.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            found[last_name(node)] += last_name(node) in _OFF_NAMES
        for name, value, words in _settings(node, rule):
            known = folded(value, part.side.constants)
            if _is_off(name, known, rule):
                plain = isinstance(value, ast.Constant) and words == "="
                found[f"{name}{words}{known}{'' if plain else ', in other words'}"] += 1
    return +found


def _settings(node: ast.AST, rule: Prescription) -> Iterator[tuple[str, ast.expr, str]]:
    """Yields what is set by a keyword, an entry of a mapping or an attribute, and how."""
    if isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value, "="
    elif isinstance(node, ast.Dict) and rule.one_of("S"):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value, ": "
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                yield target.attr, node.value, " = "


def _is_off(name: str, value: object, rule: Prescription) -> bool:
    truth = bool(value) if isinstance(value, bool | int) else None
    if truth is False and name in _OFF_WHEN_FALSE:
        return True
    if truth is True and name in _OFF_WHEN_TRUE:
        return True
    if name == "verify" and rule.one_of("S") and value is not UNKNOWN:
        return not value
    if name == "usedforsecurity":
        return value is False and not rule.one_of("S")
    if name == "timeout":
        return rule.one_of("S113") and (value is None or value == float("inf"))
    return False


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement without its inner blocks.

    Attributes:
        shape: its nodes with operators and constants masked.
        values: what was masked, by place in the shape.
    """

    shape: tuple[str, ...]
    values: frozenset[tuple[int, str, str]]


def flips(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Statements that stayed the same but for an operator, a `not`, a number or a truth value."""
    if rule.flips:
        return
    old, new = _forms(view.old_part), _forms(view.new_part)
    matcher = difflib.SequenceMatcher(
        a=[form.shape for form in old], b=[form.shape for form in new], autojunk=False
    )
    for i, j, size in matcher.get_matching_blocks():
        for before, after in zip(old[i : i + size], new[j : j + size], strict=True):
            changed = _difference(before, after, rule)
            if changed:
                yield Objection("dodge:weakened", f"Only {changed} was changed in a statement.")
                return


def _difference(before: _Form, after: _Form, rule: Prescription) -> str:
    if before.values == after.values:
        return ""
    old = {(place, kind): value for place, kind, value in before.values}
    new = {(place, kind): value for place, kind, value in after.values}
    if {key for key in old if key[1] == "not"} != {key for key in new if key[1] == "not"}:
        return "a `not`"
    changed = {
        kind for place, kind in old.keys() & new.keys() if old[place, kind] != new[place, kind]
    }
    if "operator" in changed and not rule.one_of("reportOperatorIssue"):
        return "an operator"
    return "a constant" if "constant" in changed else ""


def _forms(part: Part) -> Sequence[_Form]:
    return [_form(node) for node in part.statements]


def _form(statement: ast.stmt) -> _Form:
    shape: list[str] = []
    values: set[tuple[int, str, str]] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        place = len(shape)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            values.add((place, "not", ""))
            waiting.append(node.operand)
            continue
        if isinstance(node, _MASKED_OPERATORS):
            shape.append("operator")
            continue
        if isinstance(node, ast.Constant):
            shape.append("constant")
            if isinstance(node.value, bool | int | float):
                values.add(
                    (
                        place,
                        "constant",
                        repr(node.value + 0.0) if abs(node.value) < 2**53 else repr(node.value),
                    )
                )
            continue
        shape.append(_label(node))
        if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp | ast.AugAssign):
            values.add((place, "operator", _operators(node)))
        waiting += reversed(list(_children(node)))
    return _Form(tuple(shape), frozenset(values))


def _label(node: ast.AST) -> str:
    parts = [type(node).__name__]
    for field in ("id", "attr", "arg", "name", "module"):
        value: object = getattr(node, field, None)
        if isinstance(value, str):
            parts.append(value)
    return " ".join(parts)


def _operators(node: ast.Compare | ast.BoolOp | ast.BinOp | ast.AugAssign) -> str:
    """Returns the operators' names; `==` with None or a truth value is the same as `is`."""
    if not isinstance(node, ast.Compare):
        return type(node.op).__name__
    singleton = any(
        isinstance(part, ast.Constant) and (part.value is None or isinstance(part.value, bool))
        for part in (node.left, *node.comparators)
    )
    names = " ".join(type(operator).__name__ for operator in node.ops)
    return names.replace("NotEq", "IsNot").replace("Eq", "Is") if singleton else names


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yields the children that belong to a statement itself; blocks inside it do not."""
    if isinstance(node, ast.IfExp | ast.Lambda):
        yield from ast.iter_child_nodes(node)
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _INNER):
            yield child
