"""What code does, as a list of small words that does not depend on how it is written.

A word is a kind and what it is about: `call open`, `value 3`, `compare ==`, `raise ValueError`.
Words come in the order in which Python evaluates them, so that a conditional expression reads like
the `if` that it stands for and a comprehension like the loop. Local names, brackets, comments,
types and docstrings give no words.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from playground.analyzers.gate.cheats.syntax import code_of, is_docstring, last_name, walked
from playground.analyzers.gate.footprints.uses import JOIN, OTHER, SPLIT, Use
from playground.analyzers.gate.view import FunctionNode
from playground.domain.repairs.probing import outdated

TOKEN = re.compile(r"\w+|[^\w\s]+")
_EFFECTS = frozenset({"call", "write", "await", "yield", "raise", "delete"})
_EMPTY = frozenset({"[]", "{}", "()", "set()"})
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
    ast.NotIn: "not in",
}  # fmt: skip


@dataclass
class Atoms:
    """The words of some statements.

    Attributes:
        words: in the order of evaluation.
        names: local and other names in the order in which they are bound and read.
        entered: names of what `with` statements enter, in their order.
        inside: effects with the loop, function, handler or `finally` around them.
    """

    words: list[str] = field(default_factory=list[str])
    names: list[Use] = field(default_factory=list[Use])
    entered: list[str] = field(default_factory=list[str])
    inside: Counter[str] = field(default_factory=Counter[str])
    _around: list[str] = field(default_factory=list[str])
    _later: list[Use] = field(default_factory=list[Use])

    def of_block(self, block: Sequence[ast.stmt]) -> None:
        """Takes in statements."""
        for statement in block:
            self.of(statement)

    def of_function(self, node: FunctionNode) -> None:
        """Takes in the parameters and the body of one function."""
        for argument in walked(node.args):
            if isinstance(argument, ast.arg):
                self.names.append(Use(argument.arg, binds=True))
        self.of_block(node.body)

    def add(self, kind: str, *, of: str = "") -> None:
        """Takes in one word."""
        word = f"{kind} {of}".rstrip()
        self.words.append(word)
        if kind in _EFFECTS and self._around:
            self.inside[f"{'/'.join(self._around)}: {word}"] += 1

    def of(self, node: ast.AST | None) -> None:
        """Takes in a node and all below it."""
        if node is None:
            return
        method = _BY_KIND.get(type(node))
        if method is None:
            self.of_parts(node)
        else:
            method(self, node)

    def of_parts(self, node: ast.AST) -> None:
        """Takes in what stands below a node, in the order of its fields."""
        for name in node._fields:
            value: object = getattr(node, name, None)
            if isinstance(value, ast.AST):
                self.of(value)
            elif isinstance(value, list):
                for item in cast("list[object]", value):
                    if isinstance(item, ast.AST):
                        self.of(item)

    def within(self, where: str, parts: Iterable[ast.AST]) -> None:
        """Takes in nodes that are done in a place of their own."""
        self.enter(where)
        for part in parts:
            self.of(part)
        self.leave()

    def later(self, where: str, parts: Iterable[ast.AST]) -> None:
        """Takes in nodes that are done when everything around them was."""
        names, self.names = self.names, []
        self.within(where, parts)
        self._later += self.names
        self.names = names

    @property
    def uses(self) -> list[Use]:
        """All names, those in functions after those around them."""
        return [*self.names, *self._later]

    def enter(self, where: str) -> None:
        """Says in which place the following is done."""
        self._around.append(where)

    def leave(self, places: int = 1) -> None:
        """Says that as many places are left."""
        del self._around[len(self._around) - places :]


def _call(atoms: Atoms, node: ast.Call) -> None:
    atoms.of(node.func.value if isinstance(node.func, ast.Attribute) else node.func)
    for argument in node.args:
        atoms.of(argument)
    for keyword in node.keywords:
        atoms.of(keyword.value)
        atoms.add("argument", of=f"{keyword.arg}=" if keyword.arg else "**")
    name = last_name(node.func)
    if isinstance(node.func, ast.Attribute):
        # A mapping is asked for a key; what is got without one is taken out of a queue.
        name = f".{name}()" if name == "get" and not node.args else f".{name}"
    atoms.add("call", of=name)


def _constant(atoms: Atoms, node: ast.Constant) -> None:
    if isinstance(node.value, str) and len(tokens := TOKEN.findall(node.value)):
        for token in tokens:
            atoms.add("text", of=token)
    elif isinstance(node.value, str):
        atoms.add("text" if node.value else "empty text", of=repr(node.value) if node.value else "")
    else:
        atoms.add("value", of=repr(node.value))


def _attribute(atoms: Atoms, node: ast.Attribute) -> None:
    atoms.of(node.value)
    atoms.add(_access(node.ctx, "attribute"), of=node.attr)


def _subscript(atoms: Atoms, node: ast.Subscript) -> None:
    atoms.of(node.value)
    atoms.of(node.slice)
    stored = isinstance(node.ctx, ast.Store | ast.Del)
    atoms.add(_access(node.ctx, "item"), of="[]" if stored else "")


def _access(context: ast.expr_context, read: str) -> str:
    if isinstance(context, ast.Store):
        return "write"
    return "delete" if isinstance(context, ast.Del) else read


def _name(atoms: Atoms, node: ast.Name) -> None:
    atoms.names.append(Use(node.id, isinstance(node.ctx, ast.Store)))
    if isinstance(node.ctx, ast.Del):
        atoms.add("delete", of=node.id)


def _named(atoms: Atoms, node: ast.NamedExpr) -> None:
    atoms.of(node.value)
    atoms.of(node.target)


def _sequence(atoms: Atoms, node: ast.Tuple | ast.List) -> None:
    atoms.of_parts(node)
    if isinstance(node.ctx, ast.Store):
        atoms.add("unpack", of=str(len(node.elts)))


def _binary(atoms: Atoms, node: ast.BinOp) -> None:
    atoms.of(node.left)
    atoms.of(node.right)
    atoms.add("operator", of=type(node.op).__name__)


def _unary(atoms: Atoms, node: ast.UnaryOp) -> None:
    atoms.of(node.operand)
    atoms.add("not" if isinstance(node.op, ast.Not) else f"operator {type(node.op).__name__}")


def _logic(atoms: Atoms, node: ast.BoolOp) -> None:
    for index, value in enumerate(node.values):
        atoms.of(value)
        if index:
            atoms.add("and" if isinstance(node.op, ast.And) else "or")


def _compare(atoms: Atoms, node: ast.Compare) -> None:
    left = node.left
    atoms.of(left)
    for operator, right in zip(node.ops, node.comparators, strict=True):
        atoms.of(right)
        if (sign := _COMPARED.get(type(operator))) is not None:
            atoms.add("compare", of=sign)
        else:
            # `a >= b` asks what `a < b` asks, and `a > b` what `b < a` asks.
            pair = (left, right)
            sides = [code_of(side) if isinstance(side, ast.Constant) else "·" for side in pair]
            if isinstance(operator, ast.Gt | ast.LtE):
                sides.reverse()
            atoms.add("compare", of=" < ".join(sides))
        left = right


def _assign(atoms: Atoms, node: ast.Assign | ast.AnnAssign) -> None:
    atoms.of(node.value)
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if not (isinstance(node, ast.AnnAssign) and node.value is None):
            atoms.of(target)


def _augmented(atoms: Atoms, node: ast.AugAssign) -> None:
    if isinstance(node.target, ast.Name):
        atoms.names.append(Use(node.target.id, binds=False))
    atoms.of(node.value)
    atoms.of(node.target)
    atoms.add("operator", of=type(node.op).__name__)


def _return(atoms: Atoms, node: ast.Return) -> None:
    atoms.of(node.value)
    value = node.value
    known = value is None or isinstance(value, ast.Constant) or code_of(value) in _EMPTY
    atoms.add("return", of=(code_of(value) or "None") if known else "·")


def _raise(atoms: Atoms, node: ast.Raise) -> None:
    what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    if isinstance(node.exc, ast.Call):
        for part in (*node.exc.args, *node.exc.keywords):
            atoms.of(part)
    elif isinstance(node.exc, ast.Name):
        atoms.of(node.exc)
    if node.cause is not None:
        atoms.of(node.cause)
        atoms.add("cause")
    atoms.add("raise", of=last_name(what) if what is not None else "again")


def _assert(atoms: Atoms, node: ast.Assert) -> None:
    atoms.of(node.test)
    atoms.of(node.msg)
    atoms.add("raise", of="AssertionError")


def _if(atoms: Atoms, node: ast.If | ast.IfExp) -> None:
    atoms.of(node.test)
    atoms.add("if")
    if isinstance(node, ast.IfExp):
        atoms.of(node.body)
        atoms.of(node.orelse)
        return
    atoms.names.append(SPLIT)
    atoms.of_block(node.body)
    atoms.names.append(OTHER)
    atoms.of_block(node.orelse)
    atoms.names.append(JOIN)


def _loop(atoms: Atoms, node: ast.For | ast.AsyncFor | ast.While) -> None:
    if not isinstance(node, ast.While):
        atoms.of(node.iter)
    atoms.add("loop")
    if isinstance(node, ast.AsyncFor):
        atoms.add("await")
    first = node.test if isinstance(node, ast.While) else node.target
    atoms.within("loop", [first, *node.body])
    if node.orelse:
        atoms.add("else of a loop")
        atoms.of_block(node.orelse)


def _comprehension(
    atoms: Atoms, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> None:
    for loop in node.generators:
        atoms.of(loop.iter)
        atoms.add("loop")
        if loop.is_async:
            atoms.add("await")
        atoms.enter("loop")
        atoms.of(loop.target)
        for test in loop.ifs:
            atoms.of(test)
            atoms.add("if")
    parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    for part in parts:
        atoms.of(part)
    atoms.leave(len(node.generators))


def _try(atoms: Atoms, node: ast.Try) -> None:
    if outdated(node):
        atoms.of_block(node.handlers[0].body)
        return
    atoms.add("try")
    atoms.of_block(node.body)
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for kind in kinds:
            atoms.add("catch", of=last_name(kind) if kind is not None else "everything")
        if handler.name:
            atoms.names.append(Use(handler.name, binds=True))
        atoms.within("handler", handler.body)
    atoms.of_block(node.orelse)
    if node.finalbody:
        atoms.add("finally")
        atoms.within("finally", node.finalbody)


def _with(atoms: Atoms, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        atoms.of(item.context_expr)
        atoms.add("with")
        if isinstance(item.context_expr, ast.Name | ast.Attribute):
            atoms.entered.append(f"with {code_of(item.context_expr)}")
        atoms.of(item.optional_vars)
    if isinstance(node, ast.AsyncWith):
        atoms.add("await")
    atoms.of_block(node.body)


def _wait(atoms: Atoms, node: ast.Await | ast.Yield | ast.YieldFrom) -> None:
    atoms.of(node.value)
    called = last_name(node.value.func) if isinstance(node.value, ast.Call) else ""
    atoms.add("await", of=called) if isinstance(node, ast.Await) else atoms.add("yield")


def _function(atoms: Atoms, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
    arguments = node.args
    for default in (*arguments.defaults, *arguments.kw_defaults):
        atoms.of(default)
    if isinstance(node, ast.Lambda):
        atoms.add("define", of="lambda")
        atoms.later("function", [node.body])
        return
    for decorator in node.decorator_list:
        atoms.add("decorator", of=code_of(decorator))
    for argument in walked(arguments):
        if isinstance(argument, ast.arg):
            atoms.add("parameter", of=argument.arg)
            atoms.names.append(Use(argument.arg, binds=True))
    if isinstance(node, ast.AsyncFunctionDef):
        atoms.add("async")
    atoms.add("define", of=node.name)
    body = node.body[1:] if is_docstring(node.body[0]) else node.body
    atoms.later("function", body)


def _class(atoms: Atoms, node: ast.ClassDef) -> None:
    for decorator in node.decorator_list:
        atoms.add("decorator", of=code_of(decorator))
    for base in (*node.bases, *node.keywords):
        atoms.add("base", of=code_of(base))
    atoms.add("define", of=node.name)
    body = node.body[1:] if is_docstring(node.body[0]) else node.body
    atoms.within("class", body)


def _nothing(_atoms: Atoms, _node: ast.AST) -> None:
    """Says nothing: imports, `pass`, declarations."""


def _shared(atoms: Atoms, node: ast.Global | ast.Nonlocal) -> None:
    for name in node.names:
        atoms.add("global", of=name)


def _plain(word: str) -> Callable[[Atoms, ast.AST], None]:
    def add(atoms: Atoms, node: ast.AST) -> None:
        atoms.of_parts(node)
        atoms.add(word)

    return add


_BY_KIND: dict[type[ast.AST], Callable[[Atoms, Any], None]] = {
    ast.Call: _call, ast.Constant: _constant, ast.Attribute: _attribute, ast.Subscript: _subscript,
    ast.Name: _name, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _logic,
    ast.Compare: _compare, ast.Assign: _assign, ast.AnnAssign: _assign, ast.AugAssign: _augmented,
    ast.Return: _return, ast.Raise: _raise, ast.Assert: _assert, ast.If: _if, ast.IfExp: _if,
    ast.For: _loop, ast.AsyncFor: _loop, ast.While: _loop, ast.ListComp: _comprehension,
    ast.SetComp: _comprehension, ast.GeneratorExp: _comprehension, ast.DictComp: _comprehension,
    ast.Try: _try, ast.TryStar: _try, ast.With: _with, ast.AsyncWith: _with, ast.Await: _wait,
    ast.Yield: _wait, ast.YieldFrom: _wait, ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function, ast.Lambda: _function, ast.ClassDef: _class,
    ast.Import: _nothing, ast.ImportFrom: _nothing, ast.Pass: _nothing, ast.Global: _shared,
    ast.Nonlocal: _shared, ast.Slice: _plain("slice"), ast.Starred: _plain("star"),
    ast.Break: _plain("break"), ast.Continue: _plain("continue"), ast.Match: _plain("match"),
    ast.NamedExpr: _named, ast.Tuple: _sequence, ast.List: _sequence,
}  # fmt: skip
