"""Dodges that hide code from static analysis: `getattr`, `globals`, `exec`, dummy names."""

from __future__ import annotations

import ast
import builtins
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import (
    FUNCTION,
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
    {"__builtins__", "__dict__", "__globals__", "__subclasses__", "__setattr__", "__getattribute__"}
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
_DECLARING = frozenset(
    {"Protocol", "TypedDict", "NamedTuple", "dataclass", "define", "frozen", "attrs", "BaseModel",
     "BaseSettings", "Struct", "Base", "DeclarativeBase", "s", "ABC", "Enum"}
)  # fmt: skip
_ALIKE_MIN = 0.7
_SUCCESSORS = {
    "unicode": ("str",), "basestring": ("str",), "long": ("int",), "unichr": ("chr",),
    "xrange": ("range",), "raw_input": ("input",), "cmp": ("cmp_to_key",), "file": ("open",),
    "execfile": ("open",), "StandardError": ("Exception",), "WindowsError": ("OSError",),
}  # fmt: skip
_GLOBAL_ONLY = (ast.List, ast.Dict, ast.Set, ast.Tuple)


def lookups(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Names looked up at run time where no analyzer can follow."""
    new = _dynamic(view.new_part) - _dynamic(view.old_part)
    if rule.one_of("B010"):
        del new["__setattr__"]
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


def mappings(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Arguments that are given in a mapping or a list, where no analyzer looks."""
    if not rule.one_of("reportCallIssue", "reportArgumentType", "S", "PLW1510", "B905"):
        return
    new = _unpacked(view.new_part) - _unpacked(view.old_part)
    if new:
        message = f"Arguments are hidden in {min(new)}; write them into the call."
        yield Objection("dodge:dynamic", message)


def _unpacked(part: Part) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in part.nodes:
        if isinstance(node, ast.Call):
            found.update(f"**{code_of(k.value)[:40]}" for k in node.keywords if k.arg is None)
            starred = (a for a in node.args if isinstance(a, ast.Starred))
            found.update(f"*{code_of(argument.value)[:40]}" for argument in starred)
    return found


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
    bound |= _trivial_parameters(view.new_part)
    bound -= _new_exceptions(view.new_part)
    if not bound:
        return
    found = _missing(view) & bound
    if found:
        yield Objection("dodge:dummy", f"{min(found)} was missing and is now defined as nothing.")


def _missing(view: ChangeView) -> set[str]:
    """Returns names that were read, or promised in `__all__`, and bound nowhere."""
    read = view.old.loaded | _promised(view.old)
    return set(read - view.old.bound - _BUILTINS - _MODULE_NAMES)


def substitutes(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """A missing name that was replaced by one that has nothing to do with it."""
    if not rule.one_of("F821", "reportUndefinedVariable"):
        return
    missing = _missing(view)
    gone = (missing & loaded_names(view.old_part.nodes)) - loaded_names(view.new_part.nodes)
    old, new = _mentioned(view.old_part), _mentioned(view.new_part)
    come = {name for name, count in new.items() if count > old[name]}
    for name in sorted(gone):
        likely = {*_SUCCESSORS.get(name, ()), name}
        if not any(other in likely or _alike(name, other) for other in come):
            message = f"{name} was replaced by something else; import it, define it, or mend it."
            yield Objection("dodge:invented", message)
            return


def _mentioned(part: Part) -> Counter[str]:
    """Counts names, attributes and imported names."""
    found: Counter[str] = Counter()
    for node in part.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            found[last_name(node)] += 1
        elif isinstance(node, ast.alias | ast.arg):
            found[node.name.split(".")[-1] if isinstance(node, ast.alias) else node.arg] += 1
    return found


def _alike(one: str, other: str) -> bool:
    """Whether two names differ as a slip of the pen does."""
    first, second = one.replace("_", ""), other.replace("_", "")
    for ending in ("Error", "Exception", "Warning"):
        if first.endswith(ending) and second.endswith(ending):
            first, second = first.removesuffix(ending), second.removesuffix(ending)
    first, second = first.lower(), second.lower()
    if len(first) > 3 and len(second) > 3 and (first in second or second in first):
        return True
    return difflib.SequenceMatcher(a=first, b=second).ratio() >= _ALIKE_MIN


def _trivial_parameters(part: Part) -> set[str]:
    """Returns parameters whose default stands for nothing, or is a plain builtin."""
    found: set[str] = set()
    for node in part.nodes:
        if isinstance(node, ast.arguments):
            every = [*node.posonlyargs, *node.args]
            pairs = list(zip(reversed(every), reversed(node.defaults), strict=False))
            pairs += [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d]
            found |= {a.arg for a, d in pairs if is_trivial_value(d) or dotted(d) in _BUILTINS}
    return found


def _new_exceptions(part: Part) -> set[str]:
    """Returns new exception classes that are raised or caught: their name is all they need."""
    classes = {
        node.name
        for node in part.nodes
        if isinstance(node, ast.ClassDef)
        and any(last_name(base).endswith(("Error", "Exception", "Warning")) for base in node.bases)
    }
    if not classes:
        return classes
    raised: set[str] = set()
    for node in part.side.of(ast.Raise):
        raised.add(last_name(_plain(node.exc)) if node.exc is not None else "")
    for node in part.side.of(ast.ExceptHandler):
        if node.type is not None:
            raised |= loaded_names(ast.walk(node.type))
    return classes & raised


def pretences(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """A missing attribute that is now declared, or answered with a constant."""
    if not rule.one_of("reportAttributeAccessIssue", "reportFunctionMemberAccess"):
        return
    asked = {n.attr for n in view.old.of(ast.Attribute)}
    stored = {n.attr for n in view.new.of(ast.Attribute) if isinstance(n.ctx, ast.Store)}
    for node in view.new_part.nodes:
        if isinstance(node, ast.ClassDef) and not _only_declares(node):
            for member in node.body:
                name = _pretended(member)
                if name in asked and name not in stored and name not in _members(view.old):
                    message = f"{name} is declared but does nothing; use what there is."
                    yield Objection("dodge:dummy", message)
                    return


def _pretended(member: ast.stmt) -> str:
    """Returns the name of a member that has no value or returns a constant, "" for others."""
    if isinstance(member, ast.AnnAssign) and member.value is None:
        return dotted(member.target)
    if not isinstance(member, FUNCTION) or any(
        last_name(_plain(decorator)) in {"abstractmethod", "overload"}
        for decorator in member.decorator_list
    ):
        return ""
    body = without_docstring(member.body)
    constant = all(
        is_noop(s) or (isinstance(s, ast.Return) and is_trivial_value(s.value)) for s in body
    )
    return member.name if constant else ""


def _only_declares(node: ast.ClassDef) -> bool:
    """Whether members without a value are fields or promises of this kind of class."""
    names = {last_name(_plain(base)) for base in node.bases}
    names |= {last_name(_plain(decorator)) for decorator in node.decorator_list}
    return bool(names & _DECLARING)


def _members(side: Side) -> set[str]:
    found: set[str] = set()
    for node in side.classes.values():
        for member in node.body:
            if isinstance(member, FUNCTION | ast.ClassDef):
                found.add(member.name)
            elif isinstance(member, ast.AnnAssign):
                found.add(dotted(member.target))
    return found


def _promised(side: Side) -> set[str]:
    """Returns the names in `__all__`."""
    return {
        part.value
        for node in side.of(ast.Assign)
        if "__all__" in {dotted(t) for t in node.targets}
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
            builtin = everything and dotted(node.value) in _BUILTINS
            if builtin or (
                is_trivial_value(node.value) and (everything or _stands_for_nothing(node.value))
            ):
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
