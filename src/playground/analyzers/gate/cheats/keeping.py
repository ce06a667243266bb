"""What every simplification keeps: constants, named arguments, order, the larger of two."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name
from playground.analyzers.gate.view import ChangeView, Part
from playground.domain.verdicts import Objection

SIMPLIFYING = (
    "SIM1", "SIM20", "SIM21", "SIM3", "SIM4", "SIM91", "C4", "PERF", "RUF015", "RUF019", "PLR1714",
    "PLR1730", "PLR5501", "RET505", "RET506", "RET507", "RET508", "PIE8",
)  # fmt: skip
"""Beginnings of rules whose repairs work with the same values."""
_COUNTERS = frozenset({0, 1, -1})
_BIGGER = (ast.Gt, ast.GtE)
_SMALLER = (ast.Lt, ast.LtE)


def values(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Simplifications that work with other values than the code before them."""
    # C408 and PIE804 exchange names and texts, SIM112 asks for another name of a variable
    if not rule.one_of(*SIMPLIFYING) or rule.one_of("C408", "PIE804", "SIM112"):
        return
    old, new = view.old_part, view.new_part
    other = _constants(new) ^ _constants(old)
    if other:
        message = f"{min(other)[:40]} is there on one side only; keep every value as it was."
        yield Objection("dodge:weakened", message)
    lost = _keywords(old) - _keywords(new)
    if lost and not rule.one_of("SIM117", "SIM105"):
        message = f"The argument {min(lost)[:60]} is gone; keep it."
        yield Objection("dodge:weakened", message)
    if rule.one_of("PLR1730"):
        yield from _larger(old, new)
    if rule.one_of("RUF015", "C413", "C414") and _turned(new) > _turned(old):
        yield Objection("dodge:weakened", "The order is turned round; keep it.")
    if rule.one_of("SIM113"):
        yield from _counted(old, new)


def unpacking(view: ChangeView) -> Iterator[Objection]:
    """A loop over the same values takes another number of them at a time."""
    before, after = _taken(view.old_part), _taken(view.new_part)
    for values, counts in after.items():
        was = before.get(values, set())
        if len(was) == len(counts) == 1 and None not in was | counts and was != counts:
            message = f"{values[:60]} gives another number of values at a time; take them all."
            yield Objection("dodge:weakened", message)
            return


def _taken(part: Part) -> dict[str, set[int | None]]:
    """Returns how many values loops take at a time, by what they go through; None for any."""
    counts: dict[str, set[int | None]] = {}
    for node in part.nodes:
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            counts.setdefault(code_of(node.iter), set()).add(_number(node.target))
    return counts


def _number(target: ast.expr) -> int | None:
    if not isinstance(target, ast.Tuple | ast.List):
        return 0
    return None if any(isinstance(e, ast.Starred) for e in target.elts) else len(target.elts)


def _constants(part: Part) -> set[str]:
    """Returns texts and numbers that mean something by themselves."""
    kept: set[str] = set()
    named = {
        id(keyword.value)
        for node in part.nodes
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "encoding"
    }
    for node in part.nodes:
        if not isinstance(node, ast.Constant) or id(node) in named:
            continue
        value = node.value
        text = isinstance(value, str | bytes) and bool(value)
        number = isinstance(value, int | float | complex) and not isinstance(value, bool)
        if text or (number and value not in _COUNTERS):
            kept.add(repr(value))
    return kept


def _keywords(part: Part) -> set[str]:
    return {
        f"{keyword.arg}="
        for node in part.nodes
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg
    }


def _turned(part: Part) -> int:
    count = 0
    for node in part.nodes:
        if isinstance(node, ast.Call):
            count += last_name(node.func) == "reversed"
        elif isinstance(node, ast.Subscript):
            count += code_of(node.slice) in {"-1", "::-1"}
    return count


def _larger(old: Part, new: Part) -> Iterator[Objection]:
    """`if a < b: a = b` is `a = max(a, b)`."""
    wanted = Counter(name for node in old.nodes for name in _chosen(node))
    left = Counter(name for node in new.nodes for name in _chosen(node))
    made = _choosing(new) - _choosing(old)
    if made - (wanted - left):
        message = f"{min(made)}() gives the other one of the two; keep what was kept."
        yield Objection("dodge:weakened", message)


def _choosing(part: Part) -> Counter[str]:
    names = (dotted(node.func) for node in part.nodes if isinstance(node, ast.Call))
    return Counter(name for name in names if name in {"min", "max"})


def _chosen(node: ast.AST) -> Iterator[str]:
    """Yields "max" for `if a < b: a = b`, "min" for its opposite, both for what is not plain."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return
    body = node.body[0]
    if len(node.test.ops) != 1 or len(node.body) != 1 or not isinstance(body, ast.Assign):
        return
    left, right = code_of(node.test.left), code_of(node.test.comparators[0])
    target, value = code_of(body.targets[0]), code_of(body.value)
    operator = node.test.ops[0]
    if node.orelse or {left, right} != {target, value}:
        yield from ("min", "max")
    elif isinstance(operator, _SMALLER):
        yield "max" if left == target else "min"
    elif isinstance(operator, _BIGGER):
        yield "min" if left == target else "max"


def _counted(old: Part, new: Part) -> Iterator[Objection]:
    """`enumerate` begins where the counter began."""
    before = {
        node.targets[0].id: node.value.value
        for node in old.nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }
    for node in new.nodes:
        loop = isinstance(node, ast.For) and isinstance(node.iter, ast.Call)
        if not loop or not isinstance(node, ast.For) or not isinstance(node.iter, ast.Call):
            continue
        target = node.target.elts[0] if isinstance(node.target, ast.Tuple) else node.target
        if dotted(node.iter.func) != "enumerate" or dotted(target) not in before:
            continue
        given = [*node.iter.args[1:2], *(k.value for k in node.iter.keywords)]
        start = given[0].value if given and isinstance(given[0], ast.Constant) else None
        if before[dotted(target)] != (start if given else 0):
            yield Objection("dodge:weakened", "The count begins elsewhere; begin where it began.")
            return
