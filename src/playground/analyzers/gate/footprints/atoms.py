"""What code does, as a list of small words that does not depend on how it is written.

A word is a kind and what it is about: `call open`, `value 3`, `compare ==`, `raise ValueError`.
Words come in the order in which Python evaluates them, so that a conditional expression reads like
the `if` that it stands for and a comprehension like the loop. Local names, brackets, comments,
types and docstrings give no words.
"""

from __future__ import annotations

import ast
from typing import ClassVar

from playground.analyzers.gate.cheats.syntax import code_of, is_docstring, last_name, walked
from playground.analyzers.gate.footprints import expressions
from playground.analyzers.gate.footprints.collecting import Collector
from playground.analyzers.gate.footprints.uses import JOIN, OTHER, SPLIT, Use
from playground.analyzers.gate.view import FunctionNode
from playground.domain.repairs.probing import outdated

_EMPTY = frozenset({"[]", "{}", "()", "set()"})


def _assign(words: Collector, node: ast.Assign | ast.AnnAssign) -> None:
    words.of(node.value)
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if not (isinstance(node, ast.AnnAssign) and node.value is None):
            words.of(target)


def _augmented(words: Collector, node: ast.AugAssign) -> None:
    if isinstance(node.target, ast.Name):
        words.names.append(Use(node.target.id, binds=False))
    words.of(node.value)
    words.of(node.target)
    words.add("operator", of=type(node.op).__name__)


def _return(words: Collector, node: ast.Return) -> None:
    words.of(node.value)
    value = node.value
    known = value is None or isinstance(value, ast.Constant) or code_of(value) in _EMPTY
    words.add("return", of=(code_of(value) or "None") if known else "·")


def _raise(words: Collector, node: ast.Raise) -> None:
    what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    if isinstance(node.exc, ast.Call):
        for part in (*node.exc.args, *node.exc.keywords):
            words.of(part)
    elif isinstance(node.exc, ast.Name):
        words.of(node.exc)
    if node.cause is not None:
        words.of(node.cause)
        words.add("cause")
    words.add("raise", of=last_name(what) if what is not None else "again")


def _assert(words: Collector, node: ast.Assert) -> None:
    words.of(node.test)
    words.of(node.msg)
    words.add("raise", of="AssertionError")


def _if(words: Collector, node: ast.If) -> None:
    words.of(node.test)
    words.add("if")
    words.names.append(SPLIT)
    words.of_block(node.body)
    words.names.append(OTHER)
    words.of_block(node.orelse)
    words.names.append(JOIN)


def _loop(words: Collector, node: ast.For | ast.AsyncFor | ast.While) -> None:
    if not isinstance(node, ast.While):
        words.of(node.iter)
    words.add("loop")
    if isinstance(node, ast.AsyncFor):
        words.add("await")
    first = node.test if isinstance(node, ast.While) else node.target
    words.within("loop", [first, *node.body])
    if node.orelse:
        words.add("else of a loop")
        words.of_block(node.orelse)


def _try(words: Collector, node: ast.Try) -> None:
    if outdated(node):
        words.of_block(node.handlers[0].body)
        return
    words.add("try")
    words.of_block(node.body)
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for kind in kinds:
            words.add("catch", of=last_name(kind) if kind is not None else "everything")
        if handler.name:
            words.names.append(Use(handler.name, binds=True))
        words.within("handler", handler.body)
    words.of_block(node.orelse)
    if node.finalbody:
        words.add("finally")
        words.within("finally", node.finalbody)


def _with(words: Collector, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        words.of(item.context_expr)
        words.add("with")
        if isinstance(item.context_expr, ast.Name | ast.Attribute):
            words.entered.append(f"with {code_of(item.context_expr)}")
        words.of(item.optional_vars)
    if isinstance(node, ast.AsyncWith):
        words.add("await")
    words.of_block(node.body)


def _function(words: Collector, node: FunctionNode) -> None:
    arguments = node.args
    for default in (*arguments.defaults, *arguments.kw_defaults):
        words.of(default)
    for decorator in node.decorator_list:
        words.add("decorator", of=code_of(decorator))
    for argument in walked(arguments):
        if isinstance(argument, ast.arg):
            words.add("parameter", of=argument.arg)
            words.names.append(Use(argument.arg, binds=True))
    if isinstance(node, ast.AsyncFunctionDef):
        words.add("async")
    words.add("define", of=node.name)
    body = node.body[1:] if is_docstring(node.body[0]) else node.body
    words.later("function", body)


def _class(words: Collector, node: ast.ClassDef) -> None:
    for decorator in node.decorator_list:
        words.add("decorator", of=code_of(decorator))
    for base in (*node.bases, *node.keywords):
        words.add("base", of=code_of(base))
    words.add("define", of=node.name)
    body = node.body[1:] if is_docstring(node.body[0]) else node.body
    words.within("class", body)


def _nothing(_words: Collector, _node: ast.AST) -> None:
    """Says nothing: imports, `pass`, declarations."""


def _shared(words: Collector, node: ast.Global | ast.Nonlocal) -> None:
    for name in node.names:
        words.add("global", of=name)


class Atoms(Collector):
    """The words of Python."""

    by_kind: ClassVar = {
        **expressions.BY_KIND,
        ast.Assign: _assign, ast.AnnAssign: _assign, ast.AugAssign: _augmented,
        ast.Return: _return, ast.Raise: _raise, ast.Assert: _assert, ast.If: _if, ast.For: _loop,
        ast.AsyncFor: _loop, ast.While: _loop, ast.Try: _try, ast.TryStar: _try, ast.With: _with,
        ast.AsyncWith: _with, ast.FunctionDef: _function, ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class, ast.Import: _nothing, ast.ImportFrom: _nothing, ast.Pass: _nothing,
        ast.Global: _shared, ast.Nonlocal: _shared, ast.Break: expressions.plain("break"),
        ast.Continue: expressions.plain("continue"), ast.Match: expressions.plain("match"),
    }  # fmt: skip
