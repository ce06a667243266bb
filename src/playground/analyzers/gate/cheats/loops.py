"""Dodges in loops: other elements, lost conditions, loops that are gone, wrong bindings."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import (
    code_of,
    dotted,
    last_name,
    loaded_names,
    walked,
)
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part
from playground.domain.verdicts import Objection

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
_COMPREHENSIONS = (ast.ListComp, ast.DictComp, ast.SetComp)
_LOOPING_CALLS = frozenset(
    {"map", "filter", "sum", "any", "all", "list", "set", "tuple", "dict", "sorted", "extend",
     "join", "update", "writelines", "fromkeys", "starmap", "reduce", "next",
     "Counter", "deque", "repeat", "copy"}
)  # fmt: skip
_SAME_ITERABLE = ("B020", "PERF401", "PERF403")
_OPPOSITES: tuple[tuple[type[ast.cmpop], type[ast.cmpop]], ...] = (
    (ast.Is, ast.IsNot), (ast.Eq, ast.NotEq), (ast.In, ast.NotIn),
    (ast.Lt, ast.GtE), (ast.LtE, ast.Gt),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Collecting:
    """What a loop or a comprehension collects, its own names replaced by their order.

    Attributes:
        iterable: what is gone through.
        conditions: what each element must fulfil, in normal form.
        element: what is collected; a key and a value for mappings.
    """

    iterable: str
    conditions: frozenset[str]
    element: tuple[str, ...]


def turns(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Loops that go through something else, collect something else, or do not run."""
    if not (rule.merges or rule.removes_definitions) and _lost_loops(view) > 0:
        yield Objection("dodge:deleted", "A loop was removed; keep it.")
    if rule.one_of(*_SAME_ITERABLE):
        yield from _other_iterable(view)
    if rule.one_of("PERF401", "PERF403"):
        yield from _collecting(view, mapping=rule.one_of("PERF403"))
        yield from _cut_short(view)
    if rule.one_of("B007"):
        yield from _still_named(view)
    if rule.one_of("B023"):
        yield from _unbound(view)
    if rule.one_of("PLW2901", "B020") and _conversions_lost(view):
        message = "The loop's value is no longer converted; give the converted value a new name."
        yield Objection("dodge:deleted", message)


def _lost_loops(view: ChangeView) -> int:
    """Returns how many loops are gone that no looping call took the place of."""
    lost = _loops(view.old_part) - _loops(view.new_part)
    return lost - max(0, _looping_calls(view.new_part) - _looping_calls(view.old_part))


def _loops(part: Part) -> int:
    return sum(isinstance(node, _LOOPS) for node in part.nodes)


def _looping_calls(part: Part) -> int:
    calls = (last_name(node.func) for node in part.nodes if isinstance(node, ast.Call))
    return sum(name in _LOOPING_CALLS for name in calls)


def _iterables(part: Part) -> Counter[str]:
    return Counter(
        code_of(node.iter)
        for node in part.nodes
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
    )


def _other_iterable(view: ChangeView) -> Iterator[Objection]:
    lost = _iterables(view.old_part) - _iterables(view.new_part)
    if lost:
        message = f"The loop no longer goes through {min(lost)[:60]}; change only names."
        yield Objection("dodge:weakened", message)


def _cut_short(view: ChangeView) -> Iterator[Objection]:
    """What a loop had collected when an error ended it is lost by a comprehension."""
    for old, new in view.function_pairs.values():
        known, everywhere = {code_of(node) for node in walked(old)}, Counter(_read(new))
        for block in filter(_catches, walked(new)):
            read_behind = everywhere - Counter(_read(*block.body))
            made = {
                code_of(target)
                for node in walked(*block.body)
                if isinstance(node, ast.Assign) and isinstance(node.value, _COMPREHENSIONS)
                if code_of(node) not in known
                for target in node.targets
            }
            if lost := made & read_behind.keys():
                message = f"An error would lose what {min(lost)} has; keep the loop."
                yield Objection("dodge:weakened", message)
                return


def _catches(node: ast.AST) -> TypeGuard[ast.Try | ast.With]:
    """Whether the function goes on when an error ends what stands in this block."""
    if isinstance(node, ast.With):
        calls = (i.context_expr for i in node.items if isinstance(i.context_expr, ast.Call))
        return any(last_name(call.func) == "suppress" for call in calls)
    return isinstance(node, ast.Try) and bool(node.handlers)


def _read(*nodes: ast.AST) -> list[str]:
    return [n.id for n in walked(*nodes) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]


def _still_named(view: ChangeView) -> Iterator[Objection]:
    """An unused loop variable may be renamed or dropped, never put to use."""
    unused, used = _loop_names(view.old_part)
    now_used = _loop_names(view.new_part)[1]
    # Another loop may use its own variable of the same name, as it did before.
    named = sorted(name for name in unused if now_used[name] > used[name])
    if named:
        message = f"{named[0]} was not used and is now; rename it to _{named[0]}."
        yield Objection("dodge:weakened", message)


def _loop_names(part: Part) -> tuple[set[str], Counter[str]]:
    """Returns variables of loops that their bodies do not read, and how many loops read each."""
    unused: set[str] = set()
    used: Counter[str] = Counter()
    for node in part.nodes:
        if isinstance(node, ast.For | ast.AsyncFor):
            read = loaded_names(n for s in node.body for n in ast.walk(s))
            unused |= _targets(node.target) - read
            used.update(_targets(node.target) & read)
    return unused, used


def _targets(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _unbound(view: ChangeView) -> Iterator[Objection]:
    """The closure has to keep the value that the variable has now."""
    variables = {
        name
        for node in view.old_part.nodes
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
        for name in _targets(node.target)
    }
    hurried = _immediate(view.new_part) & (_deferred(view.old_part) - _immediate(view.old_part))
    if hurried:
        message = f"{min(hurried)} is called at once where it was called later; bind the variable."
        yield Objection("dodge:weakened", message)
    elif not any(_binds(node, variables) for node in view.new_part.nodes):
        names = ", ".join(sorted(variables)[:2]) or "the variable"
        yield Objection(
            "dodge:weakened", f"The function does not keep {names}; bind it as a default."
        )


def _deferred_nodes(part: Part) -> set[int]:
    """Returns the nodes that run only when an inner function is called."""
    inside: set[int] = set()
    outer = [node for node in part.nodes if isinstance(node, FunctionNode)]
    nested = {
        id(inner): inner
        for function in outer
        for inner in ast.walk(function)
        if isinstance(inner, FunctionNode) and inner is not function
    }
    lambdas = [node for node in part.nodes if isinstance(node, ast.Lambda)]
    for node in (*nested.values(), *lambdas):
        bodies = [node.body] if isinstance(node, ast.Lambda) else node.body
        inside.update(id(inner) for body in bodies for inner in ast.walk(body))
    return inside


def _deferred(part: Part) -> set[str]:
    inside = _deferred_nodes(part)
    return {code_of(n) for n in part.nodes if isinstance(n, ast.Call) and id(n) in inside}


def _immediate(part: Part) -> set[str]:
    inside = _deferred_nodes(part)
    return {code_of(n) for n in part.nodes if isinstance(n, ast.Call) and id(n) not in inside}


def _binds(node: ast.AST, variables: set[str]) -> bool:
    """Whether a node hands a loop variable's value to something that keeps it."""
    if isinstance(node, ast.arguments):
        defaults = [*node.defaults, *(d for d in node.kw_defaults if d is not None)]
        return any(loaded_names(ast.walk(default)) & variables for default in defaults)
    if isinstance(node, ast.Call):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return any(_keeps(argument, variables) for argument in given)
    return isinstance(node, ast.keyword | ast.withitem) and False


def _keeps(argument: ast.expr, variables: set[str]) -> bool:
    """Whether an argument is a loop variable or a method bound to it."""
    if isinstance(argument, ast.Attribute):
        argument = argument.value
    return isinstance(argument, ast.Name) and argument.id in variables


def _conversions_lost(view: ChangeView) -> bool:
    """Whether what was computed for the overwritten variable is no longer read."""
    for name in view.function_pairs:
        old, new = view.function_pairs[name]
        before = {code_of(value) for value in _overwriting(old)}
        for statement in (n for n in ast.walk(new) if isinstance(n, ast.Assign)):
            stored = {part.id for target in statement.targets for part in ast.walk(target)
                      if isinstance(part, ast.Name)}  # fmt: skip
            if code_of(statement.value) in before and not stored & loaded_names(ast.walk(new)):
                return True
    return False


def _overwriting(function: FunctionNode) -> Iterator[ast.expr]:
    for loop in ast.walk(function):
        if isinstance(loop, ast.For | ast.AsyncFor):
            own = _targets(loop.target)
            for node in ast.walk(loop):
                if isinstance(node, ast.Assign) and own & {dotted(t) for t in node.targets}:
                    yield node.value


def _collecting(view: ChangeView, *, mapping: bool) -> Iterator[Objection]:
    old = [form for node in view.old_part.nodes for form in _of_loop(node, mapping=mapping)]
    new = [
        form for node in view.new_part.nodes for form in _of_comprehension(node, mapping=mapping)
    ]
    left = [form for node in view.new_part.nodes for form in _of_loop(node, mapping=mapping)]
    for form in old:
        if form not in left and form not in new:
            message = "The comprehension does not collect what the loop did: the same elements, "
            message += "conditions and values."
            yield Objection("dodge:weakened", message)
            return


def _of_loop(node: ast.AST, *, mapping: bool) -> Iterator[_Collecting]:
    """Yields what a plain collecting loop collects; other loops are not understood."""
    if not isinstance(node, ast.For | ast.AsyncFor) or node.orelse:
        return
    conditions: list[ast.expr] = []
    body = list(node.body)
    while len(body) > 1 and _skips(body[0]):
        first = body.pop(0)
        if isinstance(first, ast.If):
            conditions.append(ast.UnaryOp(ast.Not(), first.test))
    while len(body) == 1 and isinstance(body[0], ast.If) and not body[0].orelse:
        conditions.append(body[0].test)
        body = list(body[0].body)
    element = _collected(body, mapping=mapping)
    if element:
        yield _form(node, conditions, element)


def _skips(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If)
        and not statement.orelse
        and len(statement.body) == 1
        and isinstance(statement.body[0], ast.Continue)
    )


def _collected(body: Sequence[ast.stmt], *, mapping: bool) -> list[ast.expr]:
    if len(body) != 1:
        return []
    only = body[0]
    if mapping:
        target = only.targets[0] if isinstance(only, ast.Assign) else None
        if isinstance(only, ast.Assign) and isinstance(target, ast.Subscript):
            return [target.slice, only.value]
        return []
    call = only.value if isinstance(only, ast.Expr) else None
    appends = isinstance(call, ast.Call) and last_name(call.func) == "append"
    return list(call.args) if appends and isinstance(call, ast.Call) else []


def _of_comprehension(node: ast.AST, *, mapping: bool) -> Iterator[_Collecting]:
    if mapping and isinstance(node, ast.DictComp):
        element = [node.key, node.value]
    elif not mapping and isinstance(node, ast.ListComp | ast.GeneratorExp):
        element = [node.elt]
    else:
        return
    if len(node.generators) == 1:
        only = node.generators[0]
        yield _form(only, only.ifs, element)


def _form(
    loop: ast.For | ast.AsyncFor | ast.comprehension,
    tests: Sequence[ast.expr],
    element: Sequence[ast.expr],
) -> _Collecting:
    order = [node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)]
    names = {name: f"__item_{index}" for index, name in enumerate(order)}
    conditions = frozenset(_renamed(part, names) for test in tests for part in _all_of(test))
    return _Collecting(
        code_of(loop.iter), conditions, tuple(_renamed(part, names) for part in element)
    )


def _all_of(test: ast.expr, *, negated: bool = False) -> list[ast.expr]:
    """Returns the conditions that must all hold, without `not` where an opposite exists."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _all_of(test.operand, negated=not negated)
    joining = ast.Or if negated else ast.And
    if isinstance(test, ast.BoolOp) and isinstance(test.op, joining):
        return [part for value in test.values for part in _all_of(value, negated=negated)]
    if not negated:
        return [test]
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        for one, other in _OPPOSITES:
            for this, that in ((one, other), (other, one)):
                if isinstance(test.ops[0], this):
                    return [ast.Compare(test.left, [that()], test.comparators)]
    return [ast.UnaryOp(ast.Not(), test)]


def _renamed(node: ast.expr, names: dict[str, str]) -> str:
    """Returns the code of an expression with its loop's names replaced."""
    try:
        own = copy.deepcopy(node)
    except RecursionError:
        return code_of(node)
    for part in ast.walk(own):
        if isinstance(part, ast.Name):
            part.id = names.get(part.id, part.id)
    return code_of(own)
