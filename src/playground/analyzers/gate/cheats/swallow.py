"""Dodges that catch more than before or say nothing about what they caught."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from playground.analyzers.gate.cheats.demands import tells
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import TRIES, dotted, is_noop, last_name
from playground.analyzers.gate.view import ChangeView, Part, Side
from playground.domain.repairs.probing import outdated
from playground.domain.verdicts import Objection

_LEVELS = {"": 2, "BaseException": 2, "BaseExceptionGroup": 2, "Exception": 1, "ExceptionGroup": 1}
_HINTS: Mapping[str, tuple[type[ast.AST], ...]] = {
    "ZeroDivisionError": (ast.Div, ast.FloorDiv, ast.Mod),
    "AssertionError": (ast.Assert,),
    "ImportError": (ast.Import, ast.ImportFrom),
    "ModuleNotFoundError": (ast.Import, ast.ImportFrom),
    "StopIteration": (ast.Yield,),
    "FloatingPointError": (ast.Div,),
    "NotImplementedError": (),
    "RecursionError": (),
    "MemoryError": (),
    "SyntaxError": (),
    "NameError": (),
    "BufferError": (),
    "ReferenceError": (),
}
"""Errors that few statements raise, with the nodes that do; calls named alike may too."""
_NO_ORDINARY_ERRORS = frozenset({"KeyboardInterrupt", "SystemExit", "GeneratorExit"})


_DUMB_CALLS = frozenset({"str", "repr", "len", "int", "bool", "type", "id", "tuple", "list"})


@dataclass(frozen=True, slots=True)
class _Catch:
    """One `except` clause or `contextlib.suppress`.

    Attributes:
        level: 2 for everything, 1 for `Exception`, 0 for something narrower.
        names: the last parts of the named types, "" for a bare `except`.
        silent: whether it does nothing about what it caught.
        idle: whether it does nothing but go on, return a constant or name the error.
        reraises: whether it raises again.
        acts: whether it calls anything or raises, so that somebody may learn of the error.
    """

    level: int
    names: frozenset[str]
    silent: bool
    idle: bool
    reraises: bool
    acts: bool = True


def errors(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Errors that are caught more broadly or more silently than before."""
    old, new = _catches(view.old_part), _catches(view.new_part)
    if any(_broad(new, level) > _broad(old, level) for level in (1, 2)):
        yield _swallowed("Errors are caught more broadly than before; catch what is expected.")
    elif _silent(new) > _silent(old):
        yield _swallowed("Errors are swallowed in silence; handle them or let them through.")
    elif _relabelled(old, new, rule):
        yield _swallowed("The same errors are still swallowed, only in other words.")
    elif _raised_again(new) < _raised_again(old) and len(new) >= len(old):
        yield _swallowed("An error that was raised again no longer is; let it through.")
    if _names(new) - _names(old):
        yield _swallowed("A NameError is caught; define or import the name instead.")
    if rule.one_of("E722", "BLE", "S110", "S112", "B001") and _is_unlikely(view):
        message = "The errors that are caught now do not come from this code; catch those that do."
        yield Objection("dodge:weakened", message)
    if _errors_escape(old, new):
        yield Objection("dodge:weakened", "Ordinary errors are no longer caught; catch Exception.")
    if len(new) < len(old) and not (rule.changes_handlers or rule.removes_definitions):
        yield Objection("dodge:guard-removed", "An `except` clause was removed; keep it.")


def _raised_again(catches: list[_Catch]) -> int:
    return sum(catch.reraises for catch in catches)


def _is_unlikely(view: ChangeView) -> bool:
    """Whether a new clause catches only errors that its `try` cannot raise."""
    before = {name for catch in _catches(view.old_part) for name in catch.names}
    for node in view.new_part.nodes:
        if not isinstance(node, TRIES):
            continue
        inside = [part for statement in node.body for part in ast.walk(statement)]
        kinds = {name for handler in node.handlers for name in _kinds(handler, view.new)}
        if kinds and not kinds & before and all(_cannot_raise(k, inside) for k in kinds):
            return True
    return False


def _cannot_raise(name: str, inside: Sequence[ast.AST]) -> bool:
    hints = _HINTS.get(name)
    if hints is None:
        return False
    called = {last_name(node.func).lower() for node in inside if isinstance(node, ast.Call)}
    stem = name.removesuffix("Error").lower()
    return not any(isinstance(node, hints) for node in inside) and not any(
        stem[:6] in call or call in {"next", "import_module", "divmod", "parse", "compile"}
        for call in called
    )


def _errors_escape(old: list[_Catch], new: list[_Catch]) -> bool:
    """Whether a clause that caught everything became one that catches no ordinary error."""
    fewer = _everything(new) < _everything(old)
    return fewer and _without_ordinary_errors(new) > _without_ordinary_errors(old)


def _without_ordinary_errors(catches: list[_Catch]) -> int:
    return sum(bool(c.names) and c.names <= _NO_ORDINARY_ERRORS for c in catches)


def _everything(catches: list[_Catch]) -> int:
    return sum(catch.level == 2 for catch in catches)


def _swallowed(message: str) -> Objection:
    return Objection("dodge:swallow", message)


def _broad(catches: list[_Catch], level: int) -> int:
    return sum(catch.level >= level and not catch.reraises for catch in catches)


def _silent(catches: list[_Catch]) -> int:
    return sum(catch.silent for catch in catches)


def _names(catches: list[_Catch]) -> set[str]:
    return {n for c in catches for n in c.names if n in {"NameError", "UnboundLocalError"}}


def _relabelled(old: list[_Catch], new: list[_Catch], rule: Prescription) -> bool:
    """Whether a rule against broad or silent handlers is only worked around."""
    if rule.one_of("S110", "S112", "BLE"):
        before = sum(c.idle and c.level > 0 for c in old)
        after = sum((c.idle or not c.acts) and c.level > 0 for c in new)
        return bool(before) and after >= before
    if rule.one_of("E722", "B001"):
        bare = [catch for catch in new if "BaseException" in catch.names and not catch.reraises]
        return len(bare) > sum("BaseException" in catch.names for catch in old)
    return False


def _catches(part: Part) -> list[_Catch]:
    aliases = {
        alias.asname
        for node in part.side.imported
        if node.module == "contextlib"
        for alias in node.names
        if alias.name == "suppress" and alias.asname
    }
    found: list[_Catch] = []
    probes = [n.handlers[0] for n in part.nodes if isinstance(n, ast.Try) and outdated(n)]
    for node in part.nodes:
        if isinstance(node, ast.ExceptHandler):
            if any(node is handler for handler in probes):
                continue  # it asks what Python 3 has answered: what it does is done always
            found.append(_clause(node, part.side))
        elif isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call):
            call = node.context_expr
            if last_name(call.func) == "suppress" or dotted(call.func) in aliases:
                names = frozenset(last_name(argument) for argument in call.args)
                found.append(_Catch(_level(names), names, silent=True, idle=True, reraises=False))
    return found


def _kinds(node: ast.ExceptHandler, side: Side) -> frozenset[str]:
    """Returns the last parts of the caught types; names of constants are looked up."""
    kinds = list(node.type.elts) if isinstance(node.type, ast.Tuple) else [node.type]
    known = [
        side.constants.get(kind.id, kind) if isinstance(kind, ast.Name) else kind for kind in kinds
    ]
    plain = [p for kind in known for p in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]
    return frozenset(last_name(kind) for kind in plain)


def _clause(node: ast.ExceptHandler, side: Side) -> _Catch:
    names = _kinds(node, side)
    inside = [part for statement in node.body for part in ast.walk(statement)]
    return _Catch(
        _level(names),
        names,
        silent=all(is_noop(statement) for statement in node.body),
        idle=all(_is_idle(statement) for statement in node.body),
        reraises=any(isinstance(part, ast.Raise) for part in inside),
        acts=any(isinstance(part, ast.Raise) or _is_telling(part, side) for part in inside),
    )


def _is_telling(node: ast.AST, side: Side) -> bool:
    """Whether a call may do something; `str(x)` and its like do not."""
    if not isinstance(node, ast.Call) or dotted(node.func) in _DUMB_CALLS:
        return False
    return tells(dotted(node.func), side)


def _is_idle(node: ast.stmt) -> bool:
    if is_noop(node):
        return True
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    targets = node.targets if isinstance(node, ast.Assign) else []
    return bool(targets) and all(dotted(target).startswith("_") for target in targets)


def _level(names: frozenset[str]) -> int:
    return max((_LEVELS.get(name, 0) for name in names), default=0)
