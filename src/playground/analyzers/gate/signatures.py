"""Public signatures: what other code relies on and a repair may not change."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from playground.analyzers.gate.cheats.syntax import code_of, dotted
from playground.analyzers.gate.view import ChangeView, FunctionNode, Side
from playground.domain.verdicts import Objection

_BINDING_DECORATORS = frozenset(
    {
        "property", "cached_property", "functools.cached_property", "staticmethod", "classmethod",
        "abstractmethod", "abc.abstractmethod", "contextmanager", "contextlib.contextmanager",
        "asynccontextmanager", "contextlib.asynccontextmanager", "overload", "typing.overload",
        "dataclass", "dataclasses.dataclass",
    }
)  # fmt: skip


_SELF_RULES = frozenset({"reportSelfClsParameterName", "N804", "N805"})
_ABSTRACT_RULES = frozenset({"B024", "B027"})


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter; `kind` is "/", "", "*", "*args" or "**kwargs"."""

    name: str
    kind: str
    has_default: bool
    annotation: str


def objections(view: ChangeView, *, rule: str = "") -> list[Objection]:
    """Returns the public signatures that the change breaks, with the code "signature-changed".

    Public is what no part of its qualified name hides with an underscore; if `__all__` lists
    names, a listed one is public whatever it begins with. Double-underscore methods are public.
    Adding parameters with defaults, widening an annotation and adding one are allowed.

    Args:
        view: the file before and after.
        rule: id of the rule that the change repairs; a few ask for another signature.
    """
    if not view.comparable or view.is_new:
        return []
    messages = [*_definitions(view, rule), *_classes(view), *_names(view)]
    return [Objection("signature-changed", message) for message in messages]


def public_signatures(side: Side) -> dict[str, str]:
    """Returns a normal form of each public function's head, by qualified name."""
    listed = _listed(side)
    return {
        name: _head(node)
        for name, node in side.functions.items()
        if _is_public(name, listed) and not _is_local(name, side)
    }


def public_heads(view: ChangeView) -> tuple[set[str], set[str]]:
    """Returns the heads of public functions before and after, those of untouched ones left out."""
    touched = {name.split("#", 1)[0] for name in view.function_pairs}
    heads: list[set[str]] = []
    for side, other in ((view.old, view.new), (view.new, view.old)):
        listed = _listed(side)
        heads.append(
            {
                f"{name}: {_head(node)}"
                for name, node in side.functions.items()
                if (name.split("#", 1)[0] in touched or name not in other.functions)
                and _is_public(name, listed)
                and not _is_local(name, side)
            }
        )
    return heads[0], heads[1]


def _head(node: FunctionNode) -> str:
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{kind} {node.name}({code_of(node.args)}) -> {code_of(node.returns)}"


def _is_public(name: str, listed: frozenset[str]) -> bool:
    parts = name.split("#", 1)[0].split(".")
    if parts[0] in listed:
        return all(_is_open(part) for part in parts[1:])
    return all(_is_open(part) for part in parts)


def _is_open(part: str) -> bool:
    return not part.startswith("_") or (part.startswith("__") and part.endswith("__"))


def _is_local(name: str, side: Side) -> bool:
    """Whether a definition lies inside a function, where no other code can reach it."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in side.functions for end in range(1, len(parts)))


def _definitions(view: ChangeView, rule: str) -> Iterator[str]:
    listed = _listed(view.old)
    for name, old in view.old.functions.items():
        if "#" in name or not _is_public(name, listed) or _is_local(name, view.old):
            continue
        new = view.new.definitions.get(name)
        pair = view.function_pairs.get(name)
        if pair is not None:
            yield from (f"{name}: {change}." for change in _changes(*pair, rule=rule))
        elif new is None and name.split(".")[-1] not in _available(view.new):
            yield f"{name} is public and was removed or renamed; keep it."
        elif isinstance(new, ast.ClassDef):
            yield f"{name} was a function and became a class ({old.name}); keep it."


def _available(side: Side) -> set[str]:
    """Returns the names that the module assigns, and those that methods give to `self`."""
    stored = {
        node.attr
        for node in side.of(ast.Attribute)
        if isinstance(node.ctx, ast.Store) and dotted(node.value) == "self"
    }
    return _assigned(side) | stored


def _changes(old: FunctionNode, new: FunctionNode, *, rule: str) -> Iterator[str]:
    if isinstance(old, ast.AsyncFunctionDef) is not isinstance(new, ast.AsyncFunctionDef):
        yield "it changed between `def` and `async def`; keep the kind"
    if old.returns is not None and new.returns is None:
        yield "its return annotation was removed; keep it"
    lost = _binding(old) - _binding(new)
    gained = _binding(new) - _binding(old)
    if rule in _ABSTRACT_RULES:
        gained = {name for name in gained if not name.endswith("abstractmethod")}
    if lost or gained:
        which = min(lost or gained)
        yield f"its decorator @{which} was {'removed' if lost else 'added'}; leave it as it was"
    first = 1 if rule in _SELF_RULES else 0
    yield from _parameter_changes(_parameters(old)[first:], _parameters(new)[first:])


def _binding(node: FunctionNode | ast.ClassDef) -> set[str]:
    """Returns the decorators that decide how a definition is used."""
    names: set[str] = set()
    for decorator in node.decorator_list:
        name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if name in _BINDING_DECORATORS or name.endswith((".setter", ".deleter", ".getter")):
            names.add(name)
    return names


def _parameters(node: FunctionNode) -> list[_Parameter]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    first_default = len(positional) - len(arguments.defaults)
    found = [
        _Parameter(
            argument.arg,
            "/" if index < len(arguments.posonlyargs) else "",
            index >= first_default,
            code_of(argument.annotation),
        )
        for index, argument in enumerate(positional)
    ]
    if arguments.vararg:
        found.append(_Parameter(arguments.vararg.arg, "*args", has_default=True, annotation=""))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        annotation = code_of(argument.annotation)
        found.append(_Parameter(argument.arg, "*", default is not None, annotation))
    if arguments.kwarg:
        found.append(_Parameter(arguments.kwarg.arg, "**kwargs", has_default=True, annotation=""))
    return found


def _parameter_changes(old: list[_Parameter], new: list[_Parameter]) -> Iterator[str]:
    """Yields what breaks a caller: a name, an order or a default that is gone."""
    by_name = {parameter.name: parameter for parameter in new}
    variadic = {parameter.kind for parameter in old}
    for parameter in old:
        after = by_name.get(parameter.name)
        if parameter.kind in {"*args", "**kwargs"}:
            if not any(other.kind == parameter.kind for other in new):
                yield f"the parameter {parameter.kind} was removed; keep it"
        elif after is None:
            yield f"the parameter {parameter.name} was removed or renamed; keep it"
        else:
            yield from _one_change(parameter, after)
    kept = {p.name for p in old}
    for parameter in new:
        if parameter.name not in kept and not parameter.has_default:
            yield f"the parameter {parameter.name} was added without a default; callers lack it"
    before = [p.name for p in old if p.kind in {"", "/"}]
    after_order = [p.name for p in new if p.kind in {"", "/"}]
    if all(name in after_order for name in before) and after_order[: len(before)] != before:
        yield "the order of its parameters changed; keep it"
    if "*args" in variadic and len(after_order) > len(before):
        yield "a parameter was added before *args; callers would fill it"


def _one_change(old: _Parameter, new: _Parameter) -> Iterator[str]:
    if old.has_default and not new.has_default:
        yield f"the parameter {old.name} lost its default; keep it"
    if old.kind != new.kind and (old.kind, new.kind) not in {("*", ""), ("/", "")}:
        yield f"the parameter {old.name} is passed in another way; keep it"
    if old.annotation and not new.annotation:
        yield f"the parameter {old.name} lost its annotation; keep it"


def _classes(view: ChangeView) -> Iterator[str]:
    listed = _listed(view.old)
    for name, old in view.old.classes.items():
        if "#" in name or not _is_public(name, listed) or _is_local(name, view.old):
            continue
        new = view.new.definitions.get(name)
        if new is None:
            yield f"The class {name} is public and was removed or renamed; keep it."
        elif not isinstance(new, ast.ClassDef):
            yield f"{name} was a class and became a function; keep it."
        else:
            yield from _class_changes(name, old, new)


def _class_changes(name: str, old: ast.ClassDef, new: ast.ClassDef) -> Iterator[str]:
    before, after = [code_of(b) for b in old.bases], [code_of(b) for b in new.bases]
    if [base for base in before if base not in after and base != "object"]:
        yield f"The class {name} lost a base class; keep its bases."
    elif [base for base in after if base not in before]:
        yield f"The class {name} gained a base class; keep its bases."
    if _binding(old) != _binding(new):
        yield f"The class {name} changed its decorators; keep them."
    lost = {n for n in _targets(old.body) if _is_open(n)} - _targets(new.body)
    lost -= {part.rsplit(".", 1)[-1] for part in _member_names(new)}
    if lost:
        yield f"The class {name} lost its attribute {min(lost)}; keep it."


def _member_names(node: ast.ClassDef) -> set[str]:
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {part.name for part in node.body if isinstance(part, named)}


def _names(view: ChangeView) -> Iterator[str]:
    """Module-level public names, imports not counted: a re-export is listed in `__all__`."""
    assert_trees = view.old.tree, view.new.tree
    if assert_trees[0] is None or assert_trees[1] is None:
        return
    listed = _listed(view.old)
    before = {n for n in _assigned(view.old) if _is_open(n) or n in listed}
    present = _assigned(view.new) | set(view.new.definitions) | _imports(view.new)
    lost = (before | listed & _imports(view.old)) - present
    for name in sorted(lost - {"__all__"}):
        yield f"The name {name} of the module is public and was removed; keep it."


def _listed(side: Side) -> frozenset[str]:
    """Returns what a plain `__all__ = [...]` lists."""
    for node in side.tree.body if side.tree else []:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.Assign) and any(dotted(t) == "__all__" for t in targets):
            elements = getattr(node.value, "elts", [])
            return frozenset(
                part.value
                for part in elements
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
    return frozenset()


def _assigned(side: Side) -> set[str]:
    """Returns the names that the module assigns, in branches of its top level too."""
    if side.tree is None:
        return set()
    found: set[str] = set()
    waiting: list[ast.stmt] = list(side.tree.body)
    while waiting:
        node = waiting.pop()
        found |= _targets([node])
        if isinstance(node, ast.If | ast.Try | ast.With):
            waiting += node.body
            waiting += getattr(node, "orelse", [])
            waiting += getattr(node, "finalbody", [])
            for handler in getattr(node, "handlers", []):
                waiting += handler.body
    return found


def _targets(body: list[ast.stmt]) -> set[str]:
    found: set[str] = set()
    for node in body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
            found |= {part.id for part in parts if isinstance(part, ast.Name)}
    return found


def _imports(side: Side) -> set[str]:
    return {
        (alias.asname or alias.name).split(".", 1)[0]
        for node in side.imports
        for alias in node.names
    }
