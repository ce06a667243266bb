"""Repairs that are nothing but what their rule prescribes.

For some rules the repair is one rewrite, and written out it looks like a dodge: a clause that was
removed, a test that was dropped. Here both sides of a change are brought into the rewritten form.
If they are then the same tree, the change did that and nothing else.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, cast

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import last_name
from playground.analyzers.gate.view import ChangeView
from playground.domain.syntax import parsed
from playground.domain.verdicts import Objection

_CONVERSION = re.compile(r"%(?:\((\w+)\))?[-+ #0-9.*]*([a-zA-Z%])")
_WEAK_TLS = frozenset({"PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1"})
_STRONG_TLS = frozenset({"PROTOCOL_TLSv1_2", "PROTOCOL_TLS_CLIENT", "PROTOCOL_TLS_SERVER"})
_DISPATCH = frozenset({"singledispatch", "singledispatchmethod"})
_STATEMENTS = ("body", "orelse", "finalbody")

T = TypeVar("T", bound=ast.AST)
Rewrite = Callable[[ast.Module], ast.AST]


def is_prescribed(view: ChangeView, *, rule: Prescription) -> bool:
    """Whether a change is the one rewrite that its rule asks for."""
    rewrite = _REWRITES.get(rule.rule)
    if rewrite is None or view.before is None or not view.comparable:
        return False
    # Trees of views are shared and must not be rewritten.
    trees = [rewrite(parsed(text)) for text in (view.before, view.after)]
    (before, had), (after, has) = (_apart(tree) for tree in trees)
    if before != after or has - had:
        return False
    if rule.rule == "S503":
        return _protocols(view.after, _WEAK_TLS) <= _protocols(view.before, _WEAK_TLS)
    return rule.rule != "PLE1307" or _only_loosens(view)


def others(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Refuses every other change, for rules that know this one repair."""
    if rule.rule == "reportUnusedExcept" and not is_prescribed(view, rule=rule):
        message = "Change the order of the `except` clauses alone, the narrow one first."
        yield Objection("dodge:weakened", message)
    if rule.rule == "PLW0120" and not is_prescribed(view, rule=rule):
        message = "Put what the `else` holds behind the loop, and change nothing else."
        yield Objection("dodge:weakened", message)


def _apart(tree: ast.AST) -> tuple[str, Counter[str]]:
    """Returns a module without its imports, and what it imports."""
    imports: Counter[str] = Counter()
    kept: list[ast.stmt] = []
    for statement in getattr(tree, "body", []):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            of = f"{getattr(statement, 'level', 0)} {getattr(statement, 'module', '')}"
            imports.update(f"{of} {ast.dump(name)}" for name in statement.names)
        else:
            kept.append(statement)
    return ast.dump(ast.Module(kept, [])), imports


class _LoopElses(ast.NodeTransformer):
    """The `else` of a loop without `break` as what stands behind the loop."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in _STATEMENTS:
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                setattr(node, name, list(_unfolded(cast("list[ast.stmt]", statements))))
        return node


def _unfolded(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        behind: list[ast.stmt] = []
        loop = isinstance(statement, ast.For | ast.AsyncFor | ast.While)
        if loop and not any(_leaves(part) for part in statement.body):
            statement.orelse, behind = [], statement.orelse
        yield statement
        yield from (each for each in behind if not isinstance(each, ast.Pass))


def _leaves(node: ast.AST) -> bool:
    """Whether a `break` in a statement leaves the loop around it."""
    if isinstance(node, ast.Break):
        return True
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return any(_leaves(part) for part in node.orelse)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
        return False
    return any(_leaves(part) for part in ast.iter_child_nodes(node))


class _CaughtTypes(ast.NodeTransformer):
    """`except A or B` as `except (A, B)`."""

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.type, ast.BoolOp):
            node.type = ast.Tuple(node.type.values, ast.Load())
        return node


class _KeyTests(ast.NodeTransformer):
    """`k in d and d[k]` as `d.get(k)`."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        values = node.values
        merged: list[ast.expr] = []
        for value in values:
            got = _got(merged[-1], value) if merged and isinstance(node.op, ast.And) else None
            if got is None:
                merged.append(value)
            else:
                merged[-1] = got
        return merged[0] if len(merged) == 1 else ast.BoolOp(node.op, merged)


def _got(test: ast.expr, value: ast.expr) -> ast.expr | None:
    """Returns `d.get(k)` for `k in d` and `d[k]`, where neither calls anything."""
    if not isinstance(test, ast.Compare) or not isinstance(value, ast.Subscript):
        return None
    if len(test.ops) != 1 or not isinstance(test.ops[0], ast.In):
        return None
    key, owner = test.left, test.comparators[0]
    same = ast.dump(owner) == ast.dump(value.value) and ast.dump(key) == ast.dump(value.slice)
    calls = any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(test))
    if not same or calls:
        return None
    return ast.Call(ast.Attribute(owner, "get", ast.Load()), [key], [])


class _IdleContexts(ast.NodeTransformer):
    """`with suppress():` as what stands in it."""

    def visit_With(self, node: ast.With) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        node.items = [item for item in node.items if not _suppresses_nothing(item)]
        return node if node.items else node.body


def _suppresses_nothing(item: ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call) or call.args or call.keywords or item.optional_vars:
        return False
    return ast.unparse(call.func) in {"contextlib.suppress", "suppress"}


class _Truths(ast.NodeTransformer):
    """`1 if x else 0` and `True if x else False` as `bool(x)`, in `__bool__` alone."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        if node.name == "__bool__":
            node.body = [_Choices().visit(statement) for statement in node.body]
        return node


class _Choices(ast.NodeTransformer):
    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        sides = [
            side.value
            for side in (node.body, node.orelse)
            if isinstance(side, ast.Constant) and isinstance(side.value, int)
        ]
        return ast.Call(ast.Name("bool", ast.Load()), [node.test], []) if sides == [1, 0] else node


class _Conversions(ast.NodeTransformer):
    """All conversions of a format as `%s`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        left = node.left
        if isinstance(node.op, ast.Mod) and isinstance(left, ast.Constant):
            text = left.value
            is_text = isinstance(text, str)
            node.left = ast.Constant(_CONVERSION.sub(_as_text, text) if is_text else text)
        return node


def _as_text(found: re.Match[str]) -> str:
    return found[0] if found[2] == "%" else f"{found[0][:-1]}s"


def _only_loosens(view: ChangeView) -> bool:
    """Whether every conversion that differs has become `%s`."""
    before, after = (_conversions(text) for text in (view.before or "", view.after))
    return all(new in {old, "s"} for old, new in zip(before, after, strict=True))


def _conversions(text: str) -> list[str]:
    return [
        found[2]
        for node in ast.walk(parsed(text))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
        if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        for found in _CONVERSION.finditer(node.left.value)
    ]


class _Protocols(ast.NodeTransformer):
    """Every version of TLS that is named in `ssl` as one and the same, weak ones apart."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        named = isinstance(node.value, ast.Name) and node.value.id == "ssl"
        if named and node.attr in _WEAK_TLS | _STRONG_TLS:
            node.attr = "PROTOCOL"
        return node


def _protocols(text: str, names: frozenset[str]) -> Counter[str]:
    nodes = (node for node in ast.walk(parsed(text)) if isinstance(node, ast.Attribute))
    return Counter(node.attr for node in nodes if node.attr in names)


class _Dispatchers(ast.NodeTransformer):
    """`singledispatch` and `singledispatchmethod`, as decorators and imports, as one."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Name) and decorator.id in _DISPATCH:
                decorator.id = "dispatch"
            elif isinstance(decorator, ast.Attribute) and decorator.attr in _DISPATCH:
                decorator.attr = "dispatch"
        return node

    def visit_alias(self, node: ast.alias) -> ast.AST:
        if node.name in _DISPATCH and node.asname is None:
            node.name = "dispatch"
        return node


class _Orders(ast.NodeTransformer):
    """Clauses of one `try`, and overloads of one function side by side, in an order of ours."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.Try):
            node.handlers = _sorted(node.handlers)
        for name in _STATEMENTS:
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                setattr(node, name, _with_sorted_overloads(cast("list[ast.stmt]", statements)))
        return node


def _with_sorted_overloads(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    made: list[ast.stmt] = []
    run: list[ast.stmt] = []
    for statement in statements:
        name = _overloads(statement)
        if run and name != _overloads(run[0]):
            made += _sorted(run)
            run = []
        (run if name else made).append(statement)
    return [*made, *_sorted(run)]


def _overloads(statement: ast.stmt) -> str:
    """Returns the name of the function that a statement overloads, "" when it does not."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return ""
    names = {last_name(decorator) for decorator in statement.decorator_list}
    return statement.name if "overload" in names else ""


def _sorted(nodes: Sequence[T]) -> list[T]:
    return sorted(nodes, key=ast.dump)


_REWRITES: dict[str, Rewrite] = {
    "B022": lambda tree: _IdleContexts().visit(tree),
    "PLE0304": lambda tree: _Truths().visit(tree),
    "PLE1307": lambda tree: _Conversions().visit(tree),
    "PLE1519": lambda tree: _Dispatchers().visit(tree),
    "PLE1520": lambda tree: _Dispatchers().visit(tree),
    "PLW0711": lambda tree: _CaughtTypes().visit(tree),
    "PLW0120": lambda tree: _LoopElses().visit(tree),
    "RUF019": lambda tree: _KeyTests().visit(tree),
    "S503": lambda tree: _Protocols().visit(tree),
    "reportOverlappingOverload": lambda tree: _Orders().visit(tree),
    "reportUnusedExcept": lambda tree: _Orders().visit(tree),
}
