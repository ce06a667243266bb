"""Changes of meaning, one at a time, made on the syntax trees of real functions."""

from __future__ import annotations

import ast
import copy
import random
import textwrap
from collections.abc import Callable, Iterator

from playground.domain.verdicts import Aspect

Mutation = Callable[[ast.FunctionDef, random.Random], Aspect | None]
"""Changes a function in place; returns the aspect that must show it, None if it found nothing."""


def _some(
    function: ast.FunctionDef, rng: random.Random, fits: Callable[[ast.AST], bool]
) -> ast.AST | None:
    found = [n for n in _code(function) if fits(n)]
    return rng.choice(found) if found else None


def _code(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yields the nodes of a function's statements, those of its docstring and annotations not."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return
            if isinstance(node, ast.AnnAssign | ast.JoinedStr):
                return
            yield node


def _bodies(function: ast.FunctionDef) -> list[list[ast.stmt]]:
    inner = [n for n in _code(function) if isinstance(n, ast.If | ast.For | ast.While | ast.With)]
    return [function.body, *(n.body for n in inner)]


def swap_operands(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.BinOp))
    if not isinstance(node, ast.BinOp) or ast.dump(node.left) == ast.dump(node.right):
        return None
    node.left, node.right = node.right, node.left
    return Aspect.CODE


def drop_guard(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    for body in rng.sample(_bodies(function), len(_bodies(function))):
        for statement in body:
            if isinstance(statement, ast.If | ast.Assert) and len(body) > 1:
                body.remove(statement)
                return Aspect.CHECKS
    return None


def negate(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.If | ast.While | ast.IfExp))
    if not isinstance(node, ast.If | ast.While | ast.IfExp) or isinstance(node.test, ast.BoolOp):
        return None
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return Aspect.CHECKS


def drop_operand(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.BoolOp) and len(n.values) > 1)
    if not isinstance(node, ast.BoolOp):
        return None
    node.values.pop(rng.randrange(len(node.values)))
    if len(node.values) == 1:
        node.values.append(ast.copy_location(ast.Constant(value=True), node))
    return Aspect.CHECKS


def change_constant(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.Constant) and n.value is not ...)
    if not isinstance(node, ast.Constant):
        return None
    value = node.value
    if isinstance(value, str):
        node.value = f"{value} planted"
    else:
        node.value = 77 if value != 77 else 78
    return Aspect.LITERALS


def change_except(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.ExceptHandler))
    if not isinstance(node, ast.ExceptHandler):
        return None
    node.type = ast.Name("BaseException", ast.Load())
    return Aspect.CAUGHT


def change_raise(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.Raise))
    if not isinstance(node, ast.Raise):
        return None
    node.exc, node.cause = ast.Name("ZeroDivisionError", ast.Load()), None
    return Aspect.RAISED


def remove_call(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    for body in rng.sample(_bodies(function), len(_bodies(function))):
        for index, statement in enumerate(body):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                body[index] = ast.Pass()
                return Aspect.CALLS
    return None


def reorder(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    for body in rng.sample(_bodies(function), len(_bodies(function))):
        start = 1 if body is function.body else 0
        texts = [ast.unparse(statement) for statement in body]
        for index in range(start, len(body) - 1):
            two = texts[index : index + 2]
            if two[0] != two[1] and all(texts.count(text) == 1 for text in two):
                body[index], body[index + 1] = body[index + 1], body[index]
                return Aspect.ORDER
    return None


def add_await(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(
        function, rng, lambda n: isinstance(n, ast.Assign | ast.Return) and n.value is not None
    )
    if not isinstance(node, ast.Assign | ast.Return) or node.value is None:
        return None
    node.value = ast.Yield(node.value)
    return Aspect.WAITS


def drop_decorator(function: ast.FunctionDef, _rng: random.Random) -> Aspect | None:
    return Aspect.DECORATORS if function.decorator_list and function.decorator_list.pop() else None


def write_globally(function: ast.FunctionDef, _rng: random.Random) -> Aspect | None:
    function.body += ast.parse("global planted_state\nplanted_state = None").body
    return Aspect.WRITES


def write_attribute(function: ast.FunctionDef, _rng: random.Random) -> Aspect | None:
    function.body.insert(1, ast.parse("planted.state = planted").body[0])
    return Aspect.WRITES


def open_a_file(function: ast.FunctionDef, _rng: random.Random) -> Aspect | None:
    function.body.insert(1, ast.parse("open(planted)").body[0])
    return Aspect.IO


def change_return(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.Return))
    if not isinstance(node, ast.Return):
        return None
    node.value = ast.Name("planted", ast.Load())
    return Aspect.RETURNS


def read_a_global(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(function, rng, lambda n: isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    if not isinstance(node, ast.Name):
        return None
    node.id = "planted_name"
    return Aspect.READS


def dedent(function: ast.FunctionDef, _rng: random.Random) -> Aspect | None:
    for index, statement in enumerate(function.body):
        block = statement.body if isinstance(statement, ast.If | ast.For | ast.With) else []
        if len(block) > 1 and not getattr(statement, "orelse", []):
            function.body.insert(index + 1, block.pop())
            return Aspect.BLOCKS
    return None


def change_default(function: ast.FunctionDef, _rng: random.Random) -> Aspect | None:
    if not function.args.defaults:
        return None
    function.args.defaults[-1] = ast.Constant(value="planted")
    return Aspect.LITERALS


def drop_else(function: ast.FunctionDef, rng: random.Random) -> Aspect | None:
    node = _some(
        function, rng, lambda n: isinstance(n, ast.If | ast.For | ast.Try) and bool(n.orelse)
    )
    if not isinstance(node, ast.If | ast.For | ast.Try) or len(node.orelse) != 1:
        return None
    node.orelse = []
    return Aspect.FLOW


MUTATIONS: tuple[Mutation, ...] = (
    *(swap_operands, drop_guard, negate, drop_operand, change_constant, change_except),
    *(change_raise, remove_call, reorder, add_await, drop_decorator, write_globally),
    *(write_attribute, open_a_file, change_return, read_a_global, dedent, change_default),
    *(drop_else,),
)


def mutants(
    text: str, rng: random.Random, *, mutation: Mutation, count: int
) -> Iterator[tuple[str, Aspect]]:
    """Yields the text with one function changed, and the aspect that must show it."""
    tree = ast.parse(text)
    owners = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef)]
    functions = [f for o in owners for f in o.body if isinstance(f, ast.FunctionDef)]
    for function in rng.sample(functions, min(count, len(functions))):
        changed = copy.deepcopy(function)
        aspect = mutation(changed, rng)
        if aspect is not None:
            yield with_function(text, function, changed), aspect


def with_function(text: str, old: ast.FunctionDef, new: ast.FunctionDef) -> str:
    """Returns the text with one function written anew from its tree."""
    lines = text.splitlines(keepends=True)
    first = min([old.lineno, *(d.lineno for d in old.decorator_list)])
    written = textwrap.indent(ast.unparse(ast.fix_missing_locations(new)), " " * old.col_offset)
    return "".join([*lines[: first - 1], written, "\n", *lines[old.end_lineno or 0 :]])
