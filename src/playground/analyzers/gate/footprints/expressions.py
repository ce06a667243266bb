"""How expressions are put into words."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from playground.analyzers.gate.cheats.syntax import code_of, last_name
from playground.analyzers.gate.footprints.collecting import Collector
from playground.analyzers.gate.footprints.uses import Use
from playground.domain.repairs.probing import divides_by_zero

_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
TOKEN = re.compile(r"\w+|[^\w\s]+")
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
    ast.NotIn: "not in",
}  # fmt: skip


def _call(words: Collector, node: ast.Call) -> None:
    words.of(node.func.value if isinstance(node.func, ast.Attribute) else node.func)
    for argument in node.args:
        words.of(argument)
    for keyword in node.keywords:
        words.of(keyword.value)
        words.add("argument", of=f"{keyword.arg}=" if keyword.arg else "**")
    name = last_name(node.func)
    if isinstance(node.func, ast.Attribute):
        # A mapping is asked for a key; what is got without one is taken out of a queue.
        name = f".{name}()" if name == "get" and not node.args else f".{name}"
    words.add("call", of=name)
    if last_name(node.func) in _EXPECTING and node.args:
        kinds = node.args[0].elts if isinstance(node.args[0], ast.Tuple) else node.args[:1]
        for kind in kinds:
            words.add("expect", of=last_name(kind))


def _constant(words: Collector, node: ast.Constant) -> None:
    if isinstance(node.value, str) and len(tokens := TOKEN.findall(node.value)):
        for token in tokens:
            words.add("text", of=token)
    elif isinstance(node.value, str):
        words.add("text" if node.value else "empty text", of=repr(node.value) if node.value else "")
    else:
        words.add("value", of=repr(node.value))


def _attribute(words: Collector, node: ast.Attribute) -> None:
    words.of(node.value)
    words.add(_access(node.ctx, "attribute"), of=node.attr)


def _subscript(words: Collector, node: ast.Subscript) -> None:
    words.of(node.value)
    words.of(node.slice)
    stored = isinstance(node.ctx, ast.Store | ast.Del)
    words.add(_access(node.ctx, "item"), of="[]" if stored else "")


def _access(context: ast.expr_context, read: str) -> str:
    if isinstance(context, ast.Store):
        return "write"
    return "delete" if isinstance(context, ast.Del) else read


def _name(words: Collector, node: ast.Name) -> None:
    words.names.append(Use(node.id, isinstance(node.ctx, ast.Store)))
    if isinstance(node.ctx, ast.Del):
        words.add("delete", of=node.id)


def _named(words: Collector, node: ast.NamedExpr) -> None:
    words.of(node.value)
    words.of(node.target)


def _sequence(words: Collector, node: ast.Tuple | ast.List) -> None:
    words.of_parts(node)
    if isinstance(node.ctx, ast.Store):
        words.add("unpack", of=str(len(node.elts)))


def _binary(words: Collector, node: ast.BinOp) -> None:
    if divides_by_zero(node):
        words.add("raise", of="ZeroDivisionError")
        return
    words.of(node.left)
    words.of(node.right)
    words.add("operator", of=type(node.op).__name__)


def _unary(words: Collector, node: ast.UnaryOp) -> None:
    words.of(node.operand)
    words.add("not" if isinstance(node.op, ast.Not) else f"operator {type(node.op).__name__}")


def _logic(words: Collector, node: ast.BoolOp) -> None:
    for index, value in enumerate(node.values):
        words.of(value)
        if index:
            words.add("and" if isinstance(node.op, ast.And) else "or")


def _compare(words: Collector, node: ast.Compare) -> None:
    left = node.left
    words.of(left)
    for operator, right in zip(node.ops, node.comparators, strict=True):
        words.of(right)
        if (sign := _COMPARED.get(type(operator))) is not None:
            words.add("compare", of=sign)
        else:
            # `a >= b` asks what `a < b` asks, and `a > b` what `b < a` asks.
            pair = (left, right)
            sides = [code_of(side) if isinstance(side, ast.Constant) else "·" for side in pair]
            if isinstance(operator, ast.Gt | ast.LtE):
                sides.reverse()
            words.add("compare", of=" < ".join(sides))
        left = right


def _conditional(words: Collector, node: ast.IfExp) -> None:
    words.of(node.test)
    words.add("if")
    words.of(node.body)
    words.of(node.orelse)


def _comprehension(
    words: Collector, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> None:
    for loop in node.generators:
        words.of(loop.iter)
        words.add("loop")
        if loop.is_async:
            words.add("await")
        words.enter("loop")
        words.of(loop.target)
        for test in loop.ifs:
            words.of(test)
            words.add("if")
    parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    for part in parts:
        words.of(part)
    words.leave(len(node.generators))


def _wait(words: Collector, node: ast.Await | ast.Yield | ast.YieldFrom) -> None:
    words.of(node.value)
    called = last_name(node.value.func) if isinstance(node.value, ast.Call) else ""
    words.add("await", of=called) if isinstance(node, ast.Await) else words.add("yield")


def _lambda(words: Collector, node: ast.Lambda) -> None:
    for default in (*node.args.defaults, *node.args.kw_defaults):
        words.of(default)
    words.add("define", of="lambda")
    words.later("function", [node.body])


def plain(word: str) -> Callable[[Collector, ast.AST], None]:
    """Returns what takes in the parts of a node, then a word."""

    def add(words: Collector, node: ast.AST) -> None:
        words.of_parts(node)
        words.add(word)

    return add


BY_KIND: Mapping[type[ast.AST], Callable[[Collector, Any], None]] = {
    ast.Call: _call, ast.Constant: _constant, ast.Attribute: _attribute, ast.Subscript: _subscript,
    ast.Name: _name, ast.NamedExpr: _named, ast.Tuple: _sequence, ast.List: _sequence,
    ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _logic, ast.Compare: _compare,
    ast.IfExp: _conditional, ast.ListComp: _comprehension, ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension, ast.DictComp: _comprehension, ast.Await: _wait,
    ast.Yield: _wait, ast.YieldFrom: _wait, ast.Lambda: _lambda, ast.Slice: plain("slice"),
    ast.Starred: plain("star"),
}  # fmt: skip
