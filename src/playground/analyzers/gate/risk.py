"""How much of the behaviour is provably unchanged, and in which words to say so."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from playground.analyzers.gate.cheats.syntax import (
    call_names,
    code_of,
    is_docstring,
    last_name,
    loaded_names,
)
from playground.analyzers.gate.signatures import objections as signature_objections
from playground.analyzers.gate.signatures import public_signatures
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part, Side
from playground.domain.verdicts import RiskTier

_FLOW = (
    ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Return, ast.Raise, ast.Break,
    ast.Continue, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.Yield, ast.YieldFrom,
    ast.Await, ast.Assert, ast.Match,
)  # fmt: skip
_NO_EFFECT = frozenset({"annotation", "returns", "type_comment", "simple", "kind"})
_IMPORTS = (ast.Import, ast.ImportFrom)
_END = "end of a list"
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
    if _form(view.old_part, functions=True) == _form(view.new_part, functions=True):
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
    old, new = _facts(view.old_part), _facts(view.new_part)
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
    """Returns qualified names of the changed outermost functions; "" is all other code."""
    old, new = _outer_functions(view.old_part), _outer_functions(view.new_part)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if _form(view.old_part, functions=False) != _form(view.new_part, functions=False):
        changed.append("")
    return changed


def _outer_functions(part: Part) -> dict[str, tuple[str, ...]]:
    """Returns the forms of changed functions and methods that lie in no other function."""
    names = {id(node): name for name, node in part.side.functions.items()}
    found: dict[str, tuple[str, ...]] = {}
    inside: set[int] = set()
    for node in part.nodes:
        if isinstance(node, FunctionNode) and id(node) not in inside:
            inside.update(id(inner) for inner in ast.walk(node))
            found[names.get(id(node), node.name)] = tuple(_tokens([node], functions=True))
    return found


def _form(part: Part, *, functions: bool) -> tuple[str, ...]:
    """Returns a normal form of what changed; two equal ones mean the same code."""
    inside: set[int] = set()
    roots: list[ast.AST] = []
    for node in part.nodes:
        if isinstance(node, ast.Module) or id(node) in inside:
            continue
        inside.update(id(inner) for inner in ast.walk(node))
        if not isinstance(node, _IMPORTS):
            roots.append(node)
    return tuple(_tokens(_by_place(part, roots), functions=functions))


def _by_place(part: Part, roots: list[ast.AST]) -> list[ast.AST]:
    """Returns changed statements in source order, without those of changed docstrings."""
    docstrings = {id(statement) for node in part.nodes for statement in _docstrings(node)}
    kept = [node for node in roots if id(node) not in docstrings]
    return sorted(kept, key=lambda node: getattr(node, "lineno", 0))


def _docstrings(node: ast.AST) -> Sequence[ast.stmt]:
    if not isinstance(node, ast.Module | ast.ClassDef | FunctionNode):
        return ()
    return node.body[:1] if node.body and is_docstring(node.body[0]) else ()


def _tokens(roots: Sequence[ast.AST], *, functions: bool) -> Iterator[str]:
    """Yields trees in preorder without positions, docstrings, annotations and imports.

    An annotated assignment counts as the assignment; a bare declaration stays, because it may
    make a field. The end of each list is marked, so that nesting shows.
    """
    waiting: list[object] = list(reversed(roots))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.AST):
            yield _END if node is _END else repr(node)
            continue
        if isinstance(node, FunctionNode) and not functions:
            yield "function"
            continue
        yield "Assign" if isinstance(node, ast.AnnAssign) and node.value else type(node).__name__
        waiting += reversed(list(_fields(node)))


def _fields(node: ast.AST) -> Iterator[object]:
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from (node.target, _END, node.value)
        return
    skipped = {id(statement) for statement in _docstrings(node)}
    for field, value in ast.iter_fields(node):
        if field in _NO_EFFECT:
            continue
        if not isinstance(value, list):
            yield value
            continue
        items = cast("list[object]", value)
        yield from (i for i in items if id(i) not in skipped and not isinstance(i, _IMPORTS))
        yield _END


def _facts(part: Part) -> _Facts:
    nodes = part.nodes
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
    found = list(nodes)
    docstrings = {
        id(part) for node in found for text in _docstrings(node) for part in ast.walk(text)
    }
    for node in found:
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield repr(node.value)


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
