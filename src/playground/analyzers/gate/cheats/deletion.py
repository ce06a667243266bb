"""Dodges that remove the code instead of repairing it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import (
    call_names,
    code_of,
    dotted,
    is_docstring,
    is_noop,
    last_name,
    loaded_names,
    node_count,
    without_docstring,
)
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part, Side
from playground.domain.verdicts import Objection

_WHOLE = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_LINE_MIN = 12
_SHRINK_MAX = 0.6
_SHRINK_NODES_MIN = 40
_TOTALLING = frozenset({"sum", "max", "min", "math.prod", "math.fsum", "len"})
_TALKING = frozenset(
    {"print", "debug", "info", "warning", "warn", "error", "exception", "log", "critical"}
)


def stubs(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Bodies that did something and now do nothing."""
    for name, (old, new) in view.function_pairs.items():
        before, after = without_docstring(old.body), without_docstring(new.body)
        emptied = all(map(_is_stub, after)) and not all(map(_is_stub, before))
        if emptied and not _may_empty(before, rule):
            yield Objection("dodge:stub", f"The body of {name} was emptied; repair it instead.")


def _is_stub(node: ast.stmt) -> bool:
    if is_noop(node):
        return True
    if isinstance(node, ast.Return):
        return node.value is None or not any(
            isinstance(part, ast.Name | ast.Call) for part in ast.walk(node.value)
        )
    return isinstance(node, ast.Raise) and _raised(node) == "NotImplementedError"


def _raised(node: ast.Raise) -> str:
    return last_name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)


def _may_empty(before: Sequence[ast.stmt], rule: Prescription) -> bool:
    """Whether the rule asks for removing all that was there, or for the stub itself."""
    if rule.one_of("F901"):
        return True
    calls = [n for statement in before for n in ast.walk(statement) if isinstance(n, ast.Call)]
    return rule.removes_statements and all(rule.is_benign(dotted(call.func)) for call in calls)


def removals(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Definitions, calls, stores, results or most of a body that are simply gone."""
    yield from _definitions(view, rule)
    yield from _written_down(view)
    if not rule.removes_definitions:
        yield from _calls(view, rule)
        yield from _stores(view, rule)
    for name, (old, new) in view.function_pairs.items():
        unread = _unread_parameters(old, new)
        if unread and not (rule.removes_definitions or rule.removes_statements):
            message = f"{name} no longer uses what it is given as {unread}; keep its use."
            yield Objection("dodge:deleted", message)
        if _lost_results(old, new, rule):
            yield Objection("dodge:deleted", f"{name} no longer returns or yields its values.")
        elif _may_not_shrink(rule) and _shrunk(view, old, new):
            yield Objection("dodge:deleted", f"Most of the body of {name} was removed.")


def _written_down(view: ChangeView) -> Iterator[Objection]:
    """Code that became a comment or a string."""
    old = Counter(_code_lines(view.old_part))
    lost = old - Counter(_code_lines(view.new_part))
    if not lost:
        return
    before, after = _text_lines(view.old), _text_lines(view.new)
    kept = sorted(lost.keys() & (after - before))
    if kept:
        message = f"The code {kept[0][:40]!r} became text; repair it or take it out."
        yield Objection("dodge:deleted", message)


def _code_lines(part: Part) -> Iterator[str]:
    """Yields changed lines that hold statements, without layout and comments."""
    for node in part.nodes:
        if isinstance(node, ast.stmt) and not (isinstance(node, _WHOLE) or is_docstring(node)):
            for line in part.side.lines[node.lineno - 1 : node.end_lineno]:
                plain = line.strip()
                if len(plain) >= _LINE_MIN and not plain.startswith(("#", '"', "'")):
                    yield plain


def _text_lines(side: Side) -> set[str]:
    """Returns the lines of comments and of strings that stand alone."""
    found = {comment.text.lstrip("# ").strip() for comment in side.comments}
    for node in side.of(ast.Expr):
        if is_docstring(node):
            text = str(getattr(node.value, "value", ""))
            found |= {line.strip() for line in text.splitlines()}
    return found


def _unread_parameters(old: FunctionNode, new: FunctionNode) -> str:
    """Returns a parameter that the body read before and does not read now, "" for none."""
    before, after = _parameters(old), _parameters(new)
    lost = before & after & _read_in(old) - _read_in(new)
    return min(lost - _stored_in(old), default="")


def _stored_in(function: FunctionNode) -> set[str]:
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _parameters(function: FunctionNode) -> set[str]:
    return {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}


def _read_in(function: FunctionNode) -> set[str]:
    return loaded_names(node for statement in function.body for node in ast.walk(statement))


def _definitions(view: ChangeView, rule: Prescription) -> Iterator[Objection]:
    lost = [name for name in view.old.definitions if name not in view.new.definitions]
    fewer = len(view.new.definitions) < len(view.old.definitions)
    if not lost or not fewer:
        return
    if rule.removes_definitions and all("#" in name for name in lost):
        return
    yield Objection("dodge:deleted", f"The definition of {lost[0]} was removed; keep it.")


def _calls(view: ChangeView, rule: Prescription) -> Iterator[Objection]:
    old, new = _effects(view.old_part, rule), _effects(view.new_part, rule)
    lost, gained = old - new, new - old
    lost -= _handed_over(view.new_part) - _handed_over(view.old_part)
    if rule.one_of("reportCallIssue", "PLW0108"):  # named, but rightly no longer called
        lost = Counter({n: c for n, c in lost.items() if n not in _read(view.new_part)})
    if rule.merges:
        lost = Counter({name: 1 for name in lost if name not in new})
    if rule.one_of("reportAttributeAccessIssue"):
        lost -= _corrected(view, lost)
    if rule.one_of("S"):
        gained = call_names(view.new_part.nodes) - call_names(view.old_part.nodes)
    if not any(last_name_of(name) in _TALKING for name in lost):
        gained = Counter({n: c for n, c in gained.items() if last_name_of(n) not in _TALKING})
    if lost.total() > gained.total():
        names = ", ".join(f"{name}()" for name in sorted(lost)[:3])
        yield Objection("dodge:deleted", f"Calls were removed: {names}; keep what they do.")


def _corrected(view: ChangeView, lost: Counter[str]) -> Counter[str]:
    """Calls of `x.wrong()` in whose place another attribute of x is read now."""
    old, new = _read(view.old_part), _read(view.new_part)
    owners = {name.rpartition(".")[0] for name in (new - old)}
    return Counter({n: c for n, c in lost.items() if n.rpartition(".")[0] in owners - {""}})


def _read(part: Part) -> Counter[str]:
    return Counter(
        dotted(node) for node in part.nodes if isinstance(node, ast.Name | ast.Attribute)
    )


def _handed_over(part: Part) -> Counter[str]:
    """Counts names given to a call as arguments: `map(f, xs)` still calls `f`."""
    return Counter(
        dotted(argument)
        for node in part.nodes
        if isinstance(node, ast.Call)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
        if isinstance(argument, ast.Name | ast.Attribute)
    )


def last_name_of(name: str) -> str:
    """Returns the last part of a dotted name given as text."""
    return name.rsplit(".", 1)[-1]


def _effects(part: Part, rule: Prescription) -> Counter[str]:
    names = call_names(part.nodes)
    return Counter({name: count for name, count in names.items() if not rule.is_benign(name)})


def _stores(view: ChangeView, rule: Prescription) -> Iterator[Objection]:
    """Assignments to attributes, items and counters are effects; plain names are not."""
    if rule.merges:
        return
    lost = _stored(view.old_part) - _stored(view.new_part)
    if call_names(view.new_part.nodes).keys() & _TOTALLING:
        lost = {name for name in lost if not name.isidentifier()}
    fields = _fields(view.old) - _fields(view.new) - _bound(view.new)
    if fields:
        yield Objection("dodge:deleted", f"The definition of {min(fields)} was removed; keep it.")
    if lost and len(_stored(view.new_part)) < len(_stored(view.old_part)):
        yield Objection("dodge:deleted", f"The assignment of {min(lost)} was removed; keep it.")


def _fields(side: Side) -> set[str]:
    """Returns "Class.name" of what classes set in their bodies."""
    return {
        f"{name}.{dotted(target)}"
        for name, node in side.classes.items()
        for member in node.body
        if isinstance(member, ast.Assign | ast.AnnAssign)
        for target in (member.targets if isinstance(member, ast.Assign) else [member.target])
    }


def _bound(side: Side) -> set[str]:
    """Returns "Class.name" of what methods and inner classes define."""
    return {name for name in side.definitions if "." in name}


def _stored(part: Part) -> set[str]:
    found: set[str] = set()
    for node in part.nodes:
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            found.add(code_of(node))
        elif isinstance(node, ast.AugAssign):
            found.add(code_of(node.target))
    return found


def _lost_results(old: FunctionNode, new: FunctionNode, rule: Prescription) -> bool:
    before, after = _results(old), _results(new)
    if after["yield"] < before["yield"] and not (rule.merges or rule.removes_returns):
        return True
    return bool(before["return"]) and not after["return"] and not rule.removes_returns


def _results(function: FunctionNode) -> Counter[str]:
    counted: Counter[str] = Counter()
    for node in ast.walk(function):
        if isinstance(node, ast.Yield | ast.YieldFrom):
            counted["yield"] += 1
        elif isinstance(node, ast.Return) and node.value is not None:
            none = isinstance(node.value, ast.Constant) and node.value.value is None
            counted["return"] += not none
    return counted


def _may_not_shrink(rule: Prescription) -> bool:
    return not (rule.merges or rule.removes_definitions)


def _shrunk(view: ChangeView, old: FunctionNode, new: FunctionNode) -> bool:
    """Whether much of a function is gone and did not move elsewhere in the file."""
    before, after = node_count(old), node_count(new)
    lost_in_file = len(view.old_part.nodes) - len(view.new_part.nodes)
    return (
        before >= _SHRINK_NODES_MIN
        and after < before * _SHRINK_MAX
        and lost_in_file * 2 > before - after
    )
