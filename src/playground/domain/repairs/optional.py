"""Repairs of values that may be None where something else is needed."""

from __future__ import annotations

import ast
import builtins
import re
import sys

from playground.domain.findings import Finding
from playground.domain.repairs.naming import bound_in, fresh_in, last_word
from playground.domain.repairs.source import COMPREHENSIONS, FUNCTIONS, Edit, Source, walked

_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return, ast.Raise, ast.Delete)
_EXPECTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})
_MATCHING = frozenset({"match", "search", "fullmatch"})
_SIDES = re.compile(r'not supported for types "([^"]+)" and "([^"]+)"')
_ARGUMENT = re.compile(r'Argument of type "([^"]+)" cannot be assigned to parameter "\w+" of type')
_FAILING = re.compile(r'"([^"]+)" is (?:not assignable|incompatible)')
_NOT_CAUGHT = frozenset(
    {"KeyError", "IndexError", "ValueError", "UnicodeError", "UnicodeDecodeError", "OSError",
     "UnicodeEncodeError", "IOError", "ImportError", "ModuleNotFoundError", "StopIteration",
     "NotImplementedError", "FileNotFoundError", "PermissionError", "RuntimeError", "SyntaxError",
     "KeyboardInterrupt", "SystemExit", "ZeroDivisionError", "OverflowError", "RecursionError"}
)  # fmt: skip
"""Errors that neither None gives nor an assertion."""


def asserted(source: Source, finding: Finding) -> list[Edit] | None:
    """reportOptional…: what would fail on None one expression later says so before it begins.

    Only where the value is read for certain, so that nothing fails that did not fail before.
    """
    value = _value(source, finding)
    statement = source.statement(value) if value is not None else None
    if value is None or statement is None:
        return None
    if not certain(source, value, statement=statement) or _told_apart(source, statement):
        return None
    if isinstance(value, ast.Attribute) and not undisturbed(source, value, statement=statement):
        return None
    indent, function = source.indent(statement), source.function(statement)
    if function is not None and _asked_for_attributes(function):
        return None
    if indent is None or (function is None and _in_class(source, statement)):
        return None
    at = source.start(statement)
    if not _plain(value):
        name = _first_made(source, value, statement) if function is not None else ""
        found = name and fresh_in(function or source.tree, name, f"{name}_value")
        if not found:
            return None
        told = f"{found} = {source.code(value)}\n{indent}assert {found} is not None\n{indent}"
        return [Edit(at, at, told), Edit(source.start(value), source.end(value), found)]
    return [Edit(at, at, f"assert {source.code(value)} is not None\n{indent}")]


def _in_class(source: Source, statement: ast.stmt) -> bool:
    return any(isinstance(outer, ast.ClassDef) for outer in source.above(statement))


def _asked_for_attributes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether an AttributeError of the function means something to `hasattr` and its like."""
    told = [ast.unparse(decorator) for decorator in function.decorator_list]
    asks = function.name in {"__getattr__", "__getattribute__"}
    return asks or any(word.endswith(("property", ".getter")) for word in told)


def _value(source: Source, finding: Finding) -> ast.expr | None:
    """Returns the expression that may be None."""
    start, end = source.span(finding.span)
    if finding.rule == "reportOptionalCall":
        call = source.exactly(finding.span, ast.Call)
        return call.func if call else source.exactly(finding.span, (ast.Name, ast.Attribute))
    if finding.rule == "reportOptionalMemberAccess":
        node = source.around(finding.span, ast.Attribute)
        return (
            node.value
            if node and source.end(node) == end and node.attr == source.text[start:end]
            else None
        )
    if finding.rule == "reportOperatorIssue":
        return _side(source, finding)
    value = source.exactly(finding.span, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    if finding.rule == "reportGeneralTypeIssues":
        if value is None or not finding.message.startswith('"None" is not iterable'):
            return None
        return value if _gives_more(source, value) else None
    if finding.rule == "reportArgumentType":
        return _given(source, finding, value)
    return value


def _given(source: Source, finding: Finding, value: ast.expr | None) -> ast.expr | None:
    """Returns the argument that code of Python itself is given and that may be None."""
    said = _ARGUMENT.match(finding.message)
    if said is None or "None" not in said[1].split(" | "):
        return None
    failing = _FAILING.findall(finding.message, said.end())
    call = source.parent(value) if value is not None else None
    if not isinstance(call, ast.Call) or set(failing) - {said[1]} != {"None"}:
        return None
    return value if _is_python_own(source, call.func) else None


def _is_python_own(source: Source, called: ast.expr) -> bool:
    """Whether a builtin, or a function of a module of the standard library, is called."""
    if isinstance(called, ast.Name):
        return hasattr(builtins, called.id) and called.id not in bound_in(source)
    root = called
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return False
    modules = {
        a.asname or a.name.split(".")[0]
        for n in source.tree.body
        if isinstance(n, ast.Import)
        for a in n.names
        if a.name.split(".")[0] in sys.stdlib_module_names
    }
    stored = {n.id for n in walked(source.tree) if isinstance(n, ast.Name) and _is_given(n)}
    return root.id in modules - stored


def _is_given(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _side(source: Source, finding: Finding) -> ast.expr | None:
    """Returns the operand that alone is None where an operator does not fit."""
    node = source.exactly(finding.span, (ast.BinOp, ast.Compare, ast.AugAssign))
    sides = _SIDES.findall(finding.message)
    match node:
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            pass
        case ast.AugAssign(target=left, value=right):
            pass
        case _:
            return None
    for number, operand in ((0, left), (1, right)):
        whole = [side[number] for side in sides[:1]]
        apart = {side[number] for side in sides[1:]}
        if apart == {"None"} and "None" in whole[0].split(" | ") and whole[0] != "None":
            return operand
    return None


def _gives_more(source: Source, value: ast.expr) -> bool:
    """Whether a call is one of a function of this file that gives other values than None."""
    if not isinstance(value, ast.Call):
        return False
    made = [
        n
        for n in walked(source.tree)
        if isinstance(n, FUNCTIONS) and n.name == last_word(value.func)
    ]
    return bool(made) and all(
        any(
            isinstance(n, ast.Return) and n.value is not None and not _is_none(n.value)
            for n in walked(function)
        )
        for function in made
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _first_made(source: Source, value: ast.expr, statement: ast.stmt) -> str:
    """Returns a name for what a statement computes before anything else, "" where it does not."""
    if not isinstance(value, ast.Call | ast.Subscript):
        return ""
    match statement:
        case (
            ast.Assign(value=whole) | ast.Expr(value=whole) | ast.Return(value=ast.expr() as whole)
        ):
            pass
        case _:
            return ""
    start = source.start(value)
    before = [
        n
        for n in walked(whole)
        if isinstance(n, ast.expr)
        and source.end(n) <= start
        and not isinstance(n, ast.Name | ast.Attribute | ast.Constant)
    ]
    return "" if before else "match" if last_word(value) in _MATCHING else "found"


def _plain(node: ast.expr) -> bool:
    """Whether reading it twice gives the same: a name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def certain(source: Source, value: ast.expr, *, statement: ast.stmt) -> bool:
    """Whether a statement reads the value whenever it is reached, and changes nothing before."""
    head = _first_read(source, statement)
    if head is None or not any(n is value for n in walked(head)):
        return False
    inner: ast.AST = value
    for outer in source.above(value):
        if outer is statement:
            break
        if isinstance(outer, (ast.Lambda, ast.Await, ast.Yield, *COMPREHENSIONS)):
            return False
        if _may_skip(outer, inner):
            return False
        inner = outer
    return not any(isinstance(n, ast.NamedExpr) for n in walked(head))


def undisturbed(source: Source, value: ast.expr, *, statement: ast.stmt) -> bool:
    """Whether a statement calls nothing before it reads the value, so that it may be read earlier.

    What is assigned to is looked at after the value that it gets.
    """
    around = {id(outer) for outer in source.above(value)} | {id(value)}
    head = _first_read(source, statement)
    given = getattr(statement, "value", None) if head is statement else None
    inside = {id(n) for n in walked(given)} if isinstance(given, ast.AST) else set[int]()
    in_target = isinstance(statement, ast.Assign | ast.AnnAssign) and id(value) not in inside
    for node in walked(head) if head is not None else ():
        if not isinstance(node, ast.Call | ast.Await) or id(node) in around:
            continue
        if source.end(node) <= source.start(value) or (in_target and id(node) in inside):
            return False
    return True


def _first_read(source: Source, statement: ast.stmt) -> ast.AST | None:
    """Returns the part of a statement that is evaluated before everything else of it."""
    match statement:
        case ast.If(test=test):
            return None if source.text.startswith("elif", source.start(statement)) else test
        case ast.With(items=[first, *_]):
            return first.context_expr
        case ast.For(iter=many):
            return many
        case _:
            return statement if isinstance(statement, _SIMPLE) else None


def _may_skip(outer: ast.AST, inner: ast.AST) -> bool:
    """Whether an expression is left without looking at this part of it."""
    match outer:
        case ast.BoolOp(values=[first, *_]):
            return first is not inner
        case ast.IfExp(test=test):
            return test is not inner
        case ast.Compare(left=left, ops=[_, _, *_]):
            return left is not inner
        case _:
            return False


def _told_apart(source: Source, statement: ast.stmt) -> bool:
    """Whether a `try` around it catches the error that None gives here now."""
    inner: ast.AST = statement
    for outer in source.above(statement):
        if isinstance(outer, (*FUNCTIONS, ast.ClassDef)):
            return False
        if (
            isinstance(outer, ast.Try)
            and any(inner is n for n in outer.body)
            and not all(_passes(handler.type) for handler in outer.handlers)
        ):
            return True
        if isinstance(outer, ast.With | ast.AsyncWith) and any(
            last_word(item.context_expr) in _EXPECTING for item in outer.items
        ):
            return True
        inner = outer
    return False


def _passes(kind: ast.expr | None) -> bool:
    """Whether a handler lets pass what None gives, and what an assertion gives."""
    if isinstance(kind, ast.Tuple):
        return all(_passes(one) for one in kind.elts)
    return isinstance(kind, ast.Name) and kind.id in _NOT_CAUGHT


def expects(context: ast.expr) -> list[str]:
    """Returns the errors that a test waits for in a `with`, none when it is no such `with`."""
    match context:
        case ast.Call(func=func, args=[first, *_]) if last_word(func) in _EXPECTING - {"suppress"}:
            many = first.elts if isinstance(first, ast.Tuple) else [first]
            return [n.id if isinstance(n, ast.Name) else "" for n in many]
        case _:
            return []
