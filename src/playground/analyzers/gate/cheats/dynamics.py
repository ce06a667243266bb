"""Dodges that hide code from static analysis: `getattr`, `globals`, `exec`, dummy names."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import (
    FUNCTION,
    bound_names,
    call_names,
    code_of,
    dotted,
    is_noop,
    is_trivial_value,
    last_name,
    loaded_names,
    without_docstring,
)
from playground.analyzers.gate.view import ChangeView, Part, Side
from playground.domain.verdicts import Objection

_DYNAMIC_CALLS = frozenset(
    {
        "exec", "eval", "compile", "getattr", "setattr", "delattr", "globals",
        "locals", "vars", "__import__",
        "importlib.import_module", "import_module", "builtins.exec", "builtins.eval",
        "runpy.run_path", "runpy.run_module", "builtins.__import__", "types.FunctionType",
        "operator.attrgetter", "attrgetter", "operator.methodcaller", "methodcaller",
    }
)  # fmt: skip
_DYNAMIC_NAMES = frozenset(
    {"__builtins__", "__dict__", "__globals__", "__subclasses__", "__setattr__"}
)
_CATCH_ALL = frozenset({"__getattr__", "__getattribute__"})
_HONEST = frozenset(
    {
        "staticmethod", "classmethod", "abstractmethod", "override", "property", "final",
        "overload", "setter", "wraps", "runtime_checkable", "dataclass", "total_ordering",
    }
)  # fmt: skip
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
            found[f"{name}()"] += name in _DYNAMIC_CALLS
            found["an unpacked literal"] += _unpacks_literal(node)
        elif isinstance(node, ast.Attribute | ast.Name):
            name = dotted(node).rsplit(".", 1)[-1]
            found[name] += name in _DYNAMIC_NAMES
        elif isinstance(node, FUNCTION):
            found[node.name] += node.name in _CATCH_ALL
        elif isinstance(node, ast.ImportFrom):
            found["import *"] += any(alias.name == "*" for alias in node.names)
    return +found


def _unpacks_literal(node: ast.Call) -> bool:
    """Whether a call hides its arguments: `f(**{"n": 1})`, `f(*[1])`."""
    return any(isinstance(k.value, ast.Dict) for k in node.keywords if k.arg is None) or any(
        isinstance(argument.value, ast.List | ast.Tuple)
        for argument in node.args
        if isinstance(argument, ast.Starred)
    )


def disguises(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """The same call or text under another name, so that a rule does not know it again."""
    called = call_names(view.new_part.nodes)
    lost = call_names(view.old_part.nodes) - called
    for node in view.new_part.nodes:
        if isinstance(node, ast.Assign) and dotted(node.value) in lost:
            if any(dotted(target) in called for target in node.targets):
                yield _disguised(f"{dotted(node.value)} was given another name")
        elif rule.one_of("S") and _wrapped(node) in lost:
            yield _disguised(f"{_wrapped(node)} was wrapped in partial()")
        if rule.one_of("S1") and _is_split_text(node):
            yield _disguised("a text was cut in pieces")
    for name, (old, new) in view.function_pairs.items():
        known = _HONEST | {last_name(_plain(decorator)) for decorator in old.decorator_list}
        for decorator in new.decorator_list:
            if last_name(_plain(decorator)) not in known:
                yield _disguised(f"{name} gained the decorator @{code_of(decorator)}")


def _wrapped(node: ast.AST) -> str:
    """Returns what `functools.partial` is given, "" for other nodes."""
    if isinstance(node, ast.Call) and last_name(node.func) == "partial" and node.args:
        return dotted(node.args[0])
    return ""


def _plain(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _disguised(what: str) -> Objection:
    return Objection("dodge:dynamic", f"{what[0].upper()}{what[1:]}; repair what it does.")


def _is_split_text(node: ast.AST) -> bool:
    """Whether constants are put together to a text that could be written as one."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return all(isinstance(n, ast.Constant) for n in (node.left, node.right))
    if isinstance(node, ast.JoinedStr):
        inner = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return bool(inner) and all(isinstance(part, ast.Constant) for part in inner)
    joined = isinstance(node, ast.Call) and last_name(node.func) in {"join", "decode", "fromhex"}
    return (
        joined
        and isinstance(node, ast.Call)
        and not any(isinstance(part, ast.Name) for part in ast.walk(node))
    )


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
