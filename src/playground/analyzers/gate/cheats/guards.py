"""Dodges around conditions: protections that are removed, questions that are invented."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import TRIES, code_of, dotted, truth
from playground.analyzers.gate.view import ChangeView, Part
from playground.domain.verdicts import Objection

_HARMLESS_DECORATORS = frozenset({"override", "typing.override", "typing_extensions.override"})


def protections(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Protections that the change takes away."""
    old, new = view.old_part, view.new_part
    if not rule.removes_definitions:
        if _refusals(new) < _refusals(old) and not (rule.merges or rule.one_of("TRY", "PT")):
            yield _removed("A `raise` or `assert` was removed; keep the check.")
        exempt = rule.merges or rule.one_of("UP", "reportPossiblyUnbound", "F634", "B011", "E721")
        if _conditions(new) < _conditions(old) and not exempt:
            yield _removed("A condition was removed; keep the check.")
    if rule.needs_no_condition and _conditions(new) > _conditions(old):
        message = "A condition was added that this rule does not ask for; keep the behaviour."
        yield Objection("dodge:invented", message)
    if _finals(new) < _finals(old) and not (rule.releases or rule.removes_returns):
        yield _removed("A `finally` was removed; keep the clean-up.")
    yield from _decorators(view, rule)


def _removed(message: str) -> Objection:
    return Objection("dodge:guard-removed", message)


def _refusals(part: Part) -> int:
    return sum(isinstance(node, ast.Raise | ast.Assert) for node in part.nodes)


def _conditions(part: Part) -> int:
    """Counts what can turn the flow: tests, operands of `and` and `or`, filters and cases."""
    count = 0
    for node in part.nodes:
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            count += truth(node.test) is None
        elif isinstance(node, ast.comprehension):
            count += len(node.ifs)
        elif isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, ast.match_case):
            count += 1 + (node.guard is not None)
    return count


def _finals(part: Part) -> int:
    return sum(bool(node.finalbody) for node in part.nodes if isinstance(node, TRIES))


def _decorators(view: ChangeView, rule: Prescription) -> Iterator[Objection]:
    if rule.one_of("B019", "PT", "RUF", "UP", "reportUntypedFunctionDecorator"):
        return
    for name, (old, new) in view.function_pairs.items():
        kept = {dotted(d.func if isinstance(d, ast.Call) else d) for d in new.decorator_list}
        for decorator in old.decorator_list:
            plain = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if plain not in kept | _HARMLESS_DECORATORS:
                yield _removed(f"{name} lost its decorator @{code_of(decorator)}; keep it.")
                break
