"""Dodges that hide code from static analysis: `getattr`, `globals`, `exec`, dummy names."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator

from playground.analyzers.gate.cheats.syntax import (
    FUNCTION,
    bound_names,
    dotted,
    is_noop,
    is_trivial_value,
    loaded_names,
    without_docstring,
)
from playground.analyzers.gate.view import ChangeView, Part, Side
from playground.domain.verdicts import Objection

_DYNAMIC_CALLS = frozenset(
    {
        "exec", "eval", "compile", "globals", "locals", "vars", "__import__",
        "importlib.import_module", "import_module", "builtins.exec", "builtins.eval",
        "runpy.run_path", "runpy.run_module", "builtins.__import__", "types.FunctionType",
        "operator.attrgetter", "attrgetter", "operator.methodcaller", "methodcaller",
    }
)  # fmt: skip
_CONSTANT_NAME_CALLS = frozenset({"getattr", "setattr", "delattr"})
_DYNAMIC_NAMES = frozenset({"__builtins__", "__dict__", "__globals__", "__subclasses__"})
_CATCH_ALL = frozenset({"__getattr__", "__getattribute__"})
_BUILTINS = frozenset(dir(builtins))
_MODULE_NAMES = frozenset({"__file__", "__path__", "__builtins__", "__annotations__"})
_GLOBAL_ONLY = (ast.List, ast.Dict, ast.Set, ast.Tuple)


def lookups(view: ChangeView) -> Iterator[Objection]:
    """Names looked up at run time where no analyzer can follow."""
    new = _dynamic(view.new_part) - _dynamic(view.old_part)
    if new:
        yield Objection("dodge:dynamic", f"{min(new)} was added; say it in plain code.")


def _dynamic(part: Part) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in part.nodes:
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in _DYNAMIC_CALLS:
                found[f"{name}()"] += 1
            elif name in _CONSTANT_NAME_CALLS and _has_constant_name(node):
                found[f"{name}() with a fixed name"] += 1
        elif isinstance(node, ast.Attribute | ast.Name):
            name = dotted(node).rsplit(".", 1)[-1]
            found[name] += name in _DYNAMIC_NAMES
        elif isinstance(node, FUNCTION):
            found[node.name] += node.name in _CATCH_ALL
        elif isinstance(node, ast.ImportFrom):
            found["import *"] += any(alias.name == "*" for alias in node.names)
    return +found


def _has_constant_name(node: ast.Call) -> bool:
    return len(node.args) > 1 and isinstance(node.args[1], ast.Constant | ast.JoinedStr | ast.BinOp)


def dummies(view: ChangeView) -> Iterator[Objection]:
    """Names that were missing and now stand for nothing."""
    tree = view.new.tree
    changed = {id(node) for node in view.new_part.nodes}
    top = [node for node in tree.body if id(node) in changed] if tree is not None else []
    bound = _trivially_bound(top, everything=True)
    bound |= _trivially_bound(view.new_part.statements, everything=False)
    if not bound:
        return
    read = loaded_names(view.old.nodes) | _promised(view.old)
    missing = read - bound_names(view.old.nodes) - _BUILTINS - _MODULE_NAMES
    found = missing & bound
    if found:
        yield Objection("dodge:dummy", f"{min(found)} was missing and is now defined as nothing.")


def _promised(side: Side) -> set[str]:
    """Returns the names in `__all__`."""
    return {
        part.value
        for node in side.nodes
        if isinstance(node, ast.Assign) and "__all__" in {dotted(t) for t in node.targets}
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def _trivially_bound(statements: Iterable[ast.stmt], *, everything: bool) -> set[str]:
    """Returns names bound to nothing.

    Args:
        statements: where to look, without going deeper.
        everything: whether empty containers, numbers and texts count too; inside a function they
            are the honest start of a loop.
    """
    found: set[str] = set()
    for node in statements:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if is_trivial_value(node.value) and (everything or _stands_for_nothing(node.value)):
                found |= {dotted(target) for target in targets}
        elif isinstance(node, FUNCTION | ast.ClassDef):
            body = without_docstring(node.body)
            if all(is_noop(s) or (isinstance(s, ast.Return) and s.value is None) for s in body):
                found.add(node.name)
    return found


def _stands_for_nothing(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None or value.value is ...
    return not isinstance(value, _GLOBAL_ONLY) and not (
        isinstance(value, ast.Call) and dotted(value.func) not in {"object", "Mock"}
    )
