"""Dodges that answer with an invented result where an error or nothing was told before."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from playground.analyzers.gate.cheats.folding import is_empty
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import TRIES, code_of, dotted, last_name
from playground.analyzers.gate.view import ChangeView, Part, Side
from playground.domain.verdicts import Objection

_ABOUT_NOTHING = (
    "reportOptional", "reportArgumentType", "reportReturnType", "reportCallIssue",
    "reportTypedDictNotRequiredAccess", "reportIndexIssue", "reportAttributeAccessIssue",
    "reportOperatorIssue", "RET503", "RUF013", "RUF015",
)  # fmt: skip
_FREE_RAISES = (
    "TRY",
    "B016",
    "PLR1708",
    "F901",
    "F821",
    "RSE",
    "PT",
    "S101",
    "B011",
    "EM",
    "N8",
    "PLE07",
    "B017",
)
_MEASURES = frozenset({"len", "hash", "id", "ord", "bool", "repr", "type", "callable"})
_OPTIONAL_CALLS = frozenset({"get", "getenv", "match", "search", "fullmatch", "find", "which"})


def inventions(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Values that stand for nothing, given where the program failed or told of nothing before."""
    if not rule.one_of(*_ABOUT_NOTHING):
        return
    known = {code for name in view.function_pairs for code in _returned(view, name, old=True)}
    of_nothing = rule.one_of("reportOptionalIterable")  # going through nothing gives nothing
    made = _empty_values(view.new_part, known, of_nothing=of_nothing)
    made -= _empty_values(view.old_part, known, of_nothing=of_nothing)
    if made:
        message = f"{min(made)} was invented for a value that may be missing; raise an error."
        yield Objection("dodge:invented", message)
    yield from _conversions(view, rule)
    if rule.one_of("reportReturnType"):
        yield from _other_results(view)


def _returned(view: ChangeView, name: str, *, old: bool) -> list[str]:
    function = view.function_pairs[name][0 if old else 1]
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    return [code_of(node.value) or "None" for node in returns]


def _is_collection(node: ast.expr) -> bool:
    return isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Set)


def _empty_values(part: Part, known: set[str], *, of_nothing: bool) -> Counter[str]:
    """Counts returned, fallen back on and default values that stand for nothing.

    What the function returned before is its own convention and no invention.
    """
    names = part.side.constants
    found: Counter[str] = Counter()
    tests = {id(node.test) for node in part.nodes if isinstance(node, ast.If | ast.While)}
    for node in part.nodes:
        values: list[ast.expr] = []
        if isinstance(node, ast.Return) and node.value is not None:
            values = [node.value] if code_of(node.value) not in known else []
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and id(node) not in tests:
            values = node.values[1:]
            found["a constant answer"] += sum(_asks_constants(value) for value in values)
        elif isinstance(node, ast.IfExp):
            values = [v for v in (node.body, node.orelse) if code_of(v) not in known]
        elif isinstance(node, ast.Call):
            values = _fallbacks(node)
        for value in values:
            if is_empty(value, names) and not (of_nothing and _is_collection(value)):
                found[code_of(value)[:40]] += 1
    return +found


def _fallbacks(node: ast.Call) -> list[ast.expr]:
    name = last_name(node.func)
    if name in {"get", "getenv", "pop", "next"} and len(node.args) == 2:
        return [node.args[1]]
    return [node.args[2]] if name == "getattr" and len(node.args) == 3 else []


def _asks_constants(node: ast.expr) -> bool:
    """Whether a value is the answer of a call that is given constants only."""
    return (
        isinstance(node, ast.Call)
        and bool(node.args)
        and all(isinstance(argument, ast.Constant) for argument in node.args)
    )


def _conversions(view: ChangeView, rule: Prescription) -> Iterator[Objection]:
    """`str()` around what may be None, `len()` around a result: the type fits, the value lies."""
    old = {code_of(node) for node in view.old_part.nodes if isinstance(node, ast.expr)}
    bases = {
        id(node.value)
        for node in view.new_part.nodes
        if isinstance(node, ast.Attribute | ast.Subscript)
    }
    for node in view.new_part.nodes:
        if isinstance(node, ast.FormattedValue) and code_of(node) not in old:
            inner, name = node.value, "an f-string"
        elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            inner, name = node.args[0], dotted(node.func)
        else:
            continue
        if code_of(inner) not in old or code_of(node) in old:
            continue
        inside = id(node) in bases and rule.one_of("reportOptional")
        if inside and name in {"str", "repr"}:
            yield Objection("dodge:invented", "A missing value is turned into text; handle it.")
            return
        hides_none = name in {"str", "repr", "an f-string"} and _may_be_none(inner, view.new)
        if hides_none or (name in _MEASURES and rule.one_of("reportReturn", "reportArgument")):
            message = f"{name} makes the type fit but not the value; handle the missing value."
            yield Objection("dodge:invented", message)
            return


def _may_be_none(node: ast.expr, side: Side) -> bool:
    """Whether a value is, or is a name for, the answer of a call that may find nothing."""
    if isinstance(node, ast.Name):
        if any(
            argument.arg == node.id
            and re.search(r"\bNone\b|Optional", code_of(argument.annotation))
            for argument in side.of(ast.arg)
        ):
            return True
        node = side.constants.get(node.id, node)
    if not isinstance(node, ast.Call):
        return False
    has_default = last_name(node.func) in {"get", "getenv"} and len(node.args) > 1
    return last_name(node.func) in _OPTIONAL_CALLS and not has_default


def _other_results(view: ChangeView) -> Iterator[Objection]:
    """`return None` that became `return` of something else: callers are told another thing."""
    for name in view.function_pairs:
        before, after = _returned(view, name, old=True), _returned(view, name, old=False)
        fewer = after.count("None") < before.count("None")
        if fewer and set(after) - set(before) and len(after) >= len(before):
            message = f"{name} returns something else where it returned None; correct its type."
            yield Objection("dodge:invented", message)


def refusals(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Exceptions that are no longer raised, or whose cause is made up."""
    if not (rule.one_of(*_FREE_RAISES) or rule.removes_definitions or rule.merges):
        lost = _raised(view.old_part) - _raised(view.new_part)
        if lost:
            what = f"{min(lost)} is" if min(lost) else "The caught error is"
            message = f"{what} no longer raised; raise what was raised before."
            yield Objection("dodge:guard-removed", message)
    if rule.one_of("B904", "TRY200"):
        yield from _causes(view)


def _raised(part: Part) -> Counter[str]:
    return Counter(
        last_name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        for node in part.nodes
        if isinstance(node, ast.Raise)
    )


def _causes(view: ChangeView) -> Iterator[Objection]:
    """B904 asks for a cause, in the handler: the caught error itself, or None."""
    if _caused(view.new_part) <= _caused(view.old_part):
        message = "The error is not raised with its cause in the handler; write `from error`."
        yield Objection("dodge:weakened", message)
    for node in view.new_part.nodes:
        if isinstance(node, ast.Raise) and isinstance(node.cause, ast.Call):
            message = "The cause is a new error; name the caught one, or None."
            yield Objection("dodge:weakened", message)
            return


def _caused(part: Part) -> int:
    handlers = [h for node in part.nodes if isinstance(node, TRIES) for h in node.handlers]
    return sum(
        isinstance(node, ast.Raise) and node.cause is not None
        for handler in handlers
        for node in ast.walk(handler)
    )
