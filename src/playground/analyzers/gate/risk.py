"""How much of the behaviour is provably unchanged, and in which words to say so."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from playground.analyzers.gate.cheats.syntax import (
    call_names,
    code_of,
    last_name,
    loaded_names,
    without_docstring,
)
from playground.analyzers.gate.signatures import objections as signature_objections
from playground.analyzers.gate.signatures import public_signatures
from playground.analyzers.gate.view import ChangeView, FunctionNode, Side
from playground.domain.verdicts import RiskTier

_FLOW = (
    ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Return, ast.Raise, ast.Break,
    ast.Continue, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.Yield, ast.YieldFrom,
    ast.Await, ast.Assert, ast.Match,
)  # fmt: skip
_SHOWN_MAX = 3
_ADDED_MAX = 6


@dataclass(frozen=True, slots=True)
class _Facts:
    """What one side does, as counts that do not depend on order."""

    calls: Counter[str]
    raised: Counter[str]
    caught: Counter[str]
    literals: Counter[str]
    flow: Counter[str]
    conditions: Counter[str]


def assess(views: Sequence[ChangeView]) -> tuple[RiskTier, tuple[str, ...]]:
    """Returns the risk of all changed files together, and sentences about what is proved.

    A: the syntax trees agree but for formatting, comments, docstrings, annotations and imports.
    B: one function changed; its signature, calls, raised and caught exceptions, literals and flow
    are the same, or the few literals and flow steps that were added are named.
    C: calls, exceptions or literals changed, or more than one function.
    D: control flow was removed, or it cannot be told.
    """
    evidence: list[str] = []
    tiers = [_one(view, evidence) for view in views]
    tier = max(tiers, default=RiskTier.A)
    if len(views) > 1 and tier is RiskTier.B and tiers.count(RiskTier.B) > 1:
        tier = RiskTier.C
    return tier, tuple(dict.fromkeys(evidence))


def _one(view: ChangeView, evidence: list[str]) -> RiskTier:
    if not view.is_python:
        evidence.append(f"{view.path} is not Python: nothing is proved about it.")
        return RiskTier.D
    if view.is_new:
        evidence.append(f"{view.path} is a new file: nothing existing in it can change.")
        return RiskTier.C
    if not view.comparable:
        evidence.append(f"{view.path} cannot be parsed on both sides: nothing is proved.")
        return RiskTier.D
    evidence.append(_signature_sentence(view))
    if _bare(view.old) == _bare(view.new):
        evidence.append(_same_code_sentence(view))
        return RiskTier.C if _rebinds(view) else RiskTier.A
    return _changed(view, evidence)


def _signature_sentence(view: ChangeView) -> str:
    broken = signature_objections(view)
    if broken:
        return f"Public signatures changed: {broken[0].message}"
    if public_signatures(view.old) == public_signatures(view.new):
        return "Public signatures: unchanged."
    return "Public signatures: still accept every call they accepted before."


def _same_code_sentence(view: ChangeView) -> str:
    old, new = set(_imported(view.old).values()), set(_imported(view.new).values())
    if old != new:
        lost, gained = sorted(old - new), sorted(new - old)
        parts = [f"added {_some(gained)}"] if gained else []
        parts += [f"removed {_some(lost)}"] if lost else []
        return f"Code: unchanged but for imports ({', '.join(parts)})."
    return "Code: unchanged but for formatting, comments, docstrings and annotations."


def _changed(view: ChangeView, evidence: list[str]) -> RiskTier:
    old, new = _facts(view.old), _facts(view.new)
    places = _places(view)
    evidence.append(_place_sentence(places))
    evidence += [
        _sentence("Calls", old.calls, new.calls),
        _sentence("Exceptions raised", old.raised, new.raised),
        _sentence("Exceptions caught", old.caught, new.caught),
        _sentence("Literals", old.literals, new.literals),
        _sentence("Conditions", old.conditions, new.conditions),
    ]
    if old.flow - new.flow:
        lost = sorted((old.flow - new.flow).keys())
        evidence.append(f"Control flow: removed {_some(lost)}.")
        return RiskTier.D
    same_effects = (
        old.calls == new.calls
        and old.raised == new.raised
        and old.caught == new.caught
        and not old.literals - new.literals
    )
    small = (new.flow - old.flow).total() + (new.literals - old.literals).total() <= _ADDED_MAX
    one_place = len(places) == 1 and places[0] != ""
    quiet = not signature_objections(view)
    return RiskTier.B if same_effects and small and one_place and quiet else RiskTier.C


def _place_sentence(places: list[str]) -> str:
    names = [place or "the module's top level" for place in places]
    return f"Changed: {_some(names)}; everything else is the same code."


def _places(view: ChangeView) -> list[str]:
    """Returns qualified names of the changed outermost functions; "" is the module itself."""
    old, new = _outer_functions(view.old), _outer_functions(view.new)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if _skeleton(view.old) != _skeleton(view.new):
        changed.append("")
    return changed


def _outer_functions(side: Side) -> dict[str, str]:
    names = side.functions
    return {
        name: _plain(node)
        for name, node in names.items()
        if not any(name.startswith(other + ".") for other in names)
    }


def _plain(node: FunctionNode) -> str:
    return _dump(_stripped(node))


def _skeleton(side: Side) -> str:
    """Returns the module without the bodies of its functions."""
    if side.tree is None:
        return ""
    tree = _stripped(side.tree)
    for node in ast.walk(tree):
        if isinstance(node, FunctionNode):
            node.body, node.decorator_list = [], []
            node.args = ast.arguments([], [], None, [], [], None, [])
    return _dump(tree)


def _bare(side: Side) -> str:
    return "" if side.tree is None else _dump(_stripped(side.tree))


def _dump(tree: ast.AST) -> str:
    try:
        return ast.dump(tree)
    except RecursionError:
        return f"<{id(tree)}>"


def _stripped(tree: ast.AST) -> ast.AST:
    """Returns a copy without docstrings, annotations and imports."""
    try:
        bare = copy.deepcopy(tree)
    except RecursionError:
        return ast.Module([], [])
    for node in ast.walk(bare):
        if isinstance(node, FunctionNode):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        for field in ("body", "orelse", "finalbody"):
            block: object = getattr(node, field, None)
            if isinstance(block, list):
                setattr(node, field, list(_kept(getattr(node, field))))
    return bare


def _kept(block: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields statements that run; an annotated assignment counts as the assignment."""
    for statement in without_docstring(block):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        if isinstance(statement, ast.AnnAssign):
            yield _unannotated(statement)
            continue
        yield statement


def _unannotated(statement: ast.AnnAssign) -> ast.stmt:
    """Returns the assignment without its type; a bare declaration stays, as it makes a field."""
    if statement.value is None:
        return ast.Expr(statement.target)
    return ast.Assign([statement.target], statement.value, lineno=statement.lineno)


def _facts(side: Side) -> _Facts:
    nodes = side.nodes
    return _Facts(
        calls=call_names(nodes),
        raised=Counter(_raised(nodes)),
        caught=Counter(_caught(nodes)),
        literals=Counter(_literals(nodes)),
        flow=Counter(_flow_name(node) for node in nodes if isinstance(node, _FLOW)),
        conditions=Counter(_conditions(nodes)),
    )


def _raised(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Raise):
            yield last_name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)


def _caught(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            yield from (last_name(kind) or "everything" for kind in kinds)
        elif isinstance(node, ast.Call) and last_name(node.func) == "suppress":
            yield from (last_name(kind) for kind in node.args)


def _literals(nodes: Iterable[ast.AST]) -> Iterator[str]:
    docstrings = {id(_docstring(node)) for node in nodes}
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield repr(node.value)


def _docstring(node: ast.AST) -> ast.AST | None:
    if not isinstance(node, ast.Module | ast.ClassDef | FunctionNode) or not node.body:
        return None
    first = node.body[0]
    return first.value if isinstance(first, ast.Expr) else None


def _flow_name(node: ast.AST) -> str:
    name = type(node).__name__.lower().removeprefix("async")
    return {"ifexp": "if", "trystar": "try", "yieldfrom": "yield"}.get(name, name)


def _conditions(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            yield code_of(node.test)


def _sentence(what: str, old: Counter[str], new: Counter[str]) -> str:
    lost, gained = sorted(old - new), sorted(new - old)
    if not lost and not gained:
        return f"{what}: unchanged."
    parts = [f"added {_some(gained)}"] if gained else []
    parts += [f"removed {_some(lost)}"] if lost else []
    return f"{what}: {', '.join(parts)}."


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:_SHOWN_MAX])
    more = len(names) - _SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown


def _imported(side: Side) -> dict[str, str]:
    """Returns what each imported name stands for."""
    found: dict[str, str] = {}
    for node in side.nodes:
        if isinstance(node, ast.Import):
            found.update({(a.asname or a.name): a.name for a in node.names})
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            found.update({(a.asname or a.name): f"{origin}.{a.name}" for a in node.names})
    return found


def _rebinds(view: ChangeView) -> bool:
    """Whether an import that code still uses is gone or now means something else."""
    old, new = _imported(view.old), _imported(view.new)
    used = loaded_names(view.new.nodes)
    return any(
        new.get(name) != origin and name.split(".", 1)[0] in used for name, origin in old.items()
    )
