"""Dodges that only pretend to use a name: `_ = x`, `del x`, `import x as x`, `__all__`."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import bound_names, dotted
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part
from playground.domain.verdicts import Objection

_IDLE = frozenset(
    {"str", "repr", "len", "bool", "int", "float", "id", "type", "hash", "callable", "isinstance",
     "hasattr", "dir", "list", "tuple", "dict", "set", "abs", "format", "ascii"}
)  # fmt: skip
_SELF_NAMES = frozenset({"_self", "_cls", "_", "_mcs"})


def uses(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Names thrown away instead of used or removed."""
    new, old = view.new_part, view.old_part
    if sum(_deleted(new).values()) > sum(_deleted(old).values()):
        yield Objection("dodge:discard", "A `del` of a name was added; remove what is not used.")
    thrown = _thrown_away(new, rule=rule) - _thrown_away(old, rule=rule)
    if thrown:
        name = min(thrown)
        yield Objection(
            "dodge:discard", f"A value is given to {name}, which nothing reads; remove it instead."
        )
    if _idle(new) > _idle(old) and not rule.merges:
        yield Objection("dodge:discard", "A call was added whose only use is to name something.")
    if rule.one_of("F841", "F401", "B007", "F811") and _printed(new) > _printed(old):
        yield Objection("dodge:discard", "The unused name is printed only to be used; remove it.")
    if rule.one_of("reportSelfClsParameterName", "N80") and _masked(new) > _masked(old):
        yield Objection("dodge:discard", "The first parameter was renamed to begin with `_`.")


def exports(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Imports declared as wanted, so that no one asks whether they are used."""
    if view.path.endswith("__init__.py") and rule.one_of("F401"):
        return
    if _self_aliases(view.new_part) - _self_aliases(view.old_part):
        yield Objection("dodge:export", "An import as itself was added; remove an unused import.")
    listed = _exported(view.new_part) - _exported(view.old_part)
    listed &= bound_names(view.old.of(ast.alias))
    if listed:
        name = min(listed)
        yield Objection("dodge:export", f"The import {name} was put into __all__ to look used.")


def _deleted(part: Part) -> Counter[str]:
    return Counter(
        target.id
        for node in part.nodes
        if isinstance(node, ast.Delete)
        for target in node.targets
        if isinstance(target, ast.Name)
    )


def _thrown_away(part: Part, *, rule: Prescription) -> Counter[str]:
    """Counts assignments to names with a leading underscore that nothing reads."""
    if rule.one_of("reportUnusedCoroutine", "reportUnusedCallResult", "RUF006"):
        return Counter()
    named = Counter(
        name
        for node in part.nodes
        for name in _plain_targets(node, rule=rule)
        if name.startswith("_") and not name.startswith("__")
    )
    read = part.side.loaded if named else set[str]()
    return Counter({name: count for name, count in named.items() if name not in read})


def _plain_targets(node: ast.AST, *, rule: Prescription) -> Iterator[str]:
    targets: Iterable[ast.expr] = ()
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        targets = (node.target,)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        targets = (node.optional_vars,)
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Tuple | ast.List) and not rule.one_of("RUF059", "F841", "B007"):
            yield from (part.id for part in target.elts if isinstance(part, ast.Name))


def _idle(part: Part) -> int:
    """Counts statements such as `str(x)` that compute something and drop it."""
    return sum(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and dotted(node.value.func) in _IDLE
        for node in part.nodes
    )


def _printed(part: Part) -> int:
    return sum(isinstance(n, ast.Call) and dotted(n.func) == "print" for n in part.nodes)


def _masked(part: Part) -> int:
    functions = [node for node in part.nodes if isinstance(node, FunctionNode)]
    first = [function.args.args[0].arg for function in functions if function.args.args]
    return sum(name.startswith("_") and name not in _SELF_NAMES for name in first)


def _self_aliases(part: Part) -> set[str]:
    return {
        alias.name
        for node in part.nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None and alias.asname == alias.name
    }


def _exported(part: Part) -> set[str]:
    """Returns the strings that are put into `__all__` in whatever way."""
    found: set[str] = set()
    for node in part.nodes:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr):
            targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
            called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
            owner = dotted(node.value.func) if called and isinstance(node.value, ast.Call) else ""
            if "__all__" in {dotted(t) for t in targets} or owner.startswith("__all__."):
                found |= {
                    part.value
                    for part in ast.walk(node)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found
