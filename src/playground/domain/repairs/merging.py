"""Repairs that say the same in one statement: nested conditions, branches, loops that append."""

from __future__ import annotations

import ast
import re

from playground.domain.findings import Finding
from playground.domain.repairs.naming import Opaque, uses
from playground.domain.repairs.source import LINE_CHARS_MAX, LOOPS, Edit, Source, walked

_STEP = "    "
_OPPOSITES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.In: ("in", "not in"),
    ast.Is: ("is", "is not"),
    ast.Eq: ("==", "!="),
}
_LOOSE = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Lambda, ast.Tuple)
"""Expressions that need brackets to stand inside of another one."""

_HEAD_END = re.compile(r"[\s)]*:")


def _operand(source: Source, node: ast.expr) -> str:
    """Returns a condition as an operand of `and`."""
    code = source.code(node)
    loose = isinstance(node, (ast.IfExp, *_LOOSE))
    if loose or (isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or)):
        return f"({code})"
    return code


def nested_if(source: Source, finding: Finding) -> list[Edit] | None:
    """SIM102: an `if` that holds nothing but another one asks both at once."""
    outer = source.around(finding.span, ast.If)
    if outer is None or outer.orelse or len(outer.body) != 1:
        return None
    inner = outer.body[0]
    if not isinstance(inner, ast.If) or inner.orelse or inner.lineno == outer.lineno:
        return None
    indent = source.indent(outer)
    if indent is None:  # elif: its line begins with the word
        line = source.text[source.line_start(outer.lineno) :]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
    deeper = source.indent(inner.body[0])
    colon = _HEAD_END.match(source.text, source.end(inner.test))
    if deeper is None or colon is None or inner.body[0].lineno == inner.lineno:
        return None
    body = source.moved(inner.body, indent=indent + _step(indent, source.indent(inner)))
    if body is None:
        return None
    start = source.start(outer)
    first = source.line_start(inner.body[0].lineno)
    word = "elif" if source.text.startswith("elif", start) else "if"
    head = _joined_head(source, (outer, inner), word=f"{indent}{word}")
    said = source.comments(start, end=source.end(inner))
    if head is None or len(said) != sum((head + body).count(c) > 0 for c in said):
        return None
    between = source.text[colon.end() : first]
    tail = between.partition("\n")[2]  # comments between the head and the first statement
    tail = "".join(
        indent + _STEP + line.strip() + "\n" for line in tail.splitlines() if line.strip()
    )
    whole = head[len(indent) :] + "\n" + tail + body.rstrip("\n")
    return [Edit(start, source.end(inner), whole)]


def _step(outer: str, inner: str | None) -> str:
    return inner[len(outer) :] if inner and inner.startswith(outer) else _STEP


def _joined_head(source: Source, pair: tuple[ast.If, ast.If], *, word: str) -> str | None:
    """Returns the head of the joined statement, on one line or in brackets with comments."""
    outer, inner = pair
    left, right = _operand(source, outer.test), _operand(source, inner.test)
    indent = word[: len(word) - len(word.lstrip())]
    first = source.comments(source.end(outer.test), end=source.start(inner))
    end = source.line_start(inner.body[0].lineno)
    last = source.comments(source.end(inner.test), end=end)
    behind = source.text[source.end(inner.test) : end].partition("\n")[0]
    trailing = [c for c in last if c in behind]
    whole = f"{word} {left} and {right}:"
    ending = f"  {trailing[0]}" if trailing else ""
    one_line = "\n" not in whole and len(whole + ending) <= LINE_CHARS_MAX
    if one_line and not first:
        return whole + ending
    lines = [f"{word} (", f"{indent}{_STEP}{left}"]
    lines += [f"{indent}{_STEP}{comment}" for comment in first]
    lines += [f"{indent}{_STEP}and {right}", f"{indent}):{ending}"]
    return "\n".join(lines)


def ternary(source: Source, finding: Finding) -> list[Edit] | None:
    """SIM108: two branches that give one name a value are one assignment."""
    node = source.around(finding.span, ast.If)
    indent = node and source.indent(node)
    if node is None or indent is None or len(node.body) != 1 or len(node.orelse) != 1:
        return None
    if source.is_elif(node):
        return None
    match node.body[0], node.orelse[0]:
        case (
            ast.Assign(targets=[ast.Name(id=name)]) as yes,
            ast.Assign(targets=[ast.Name(id=other)]) as no,
        ) if name == other:
            parts = (yes.value, node.test, no.value)
        case _:
            return None
    if any(isinstance(p, _LOOSE) for p in parts):
        return None
    value, test, default = (_bracketed(source, part) for part in parts)
    middle = source.start(no)
    start, end = source.start(node), source.end(node)
    first = source.comments(start, end=source.end(yes))
    second = source.comments(source.end(yes), end=middle)
    line_end = source.text.find("\n", end)
    last = source.comments(end, end=line_end) if line_end >= 0 else []
    whole = f"{name} = {value} if {test} else {default}"
    if not first and not second and len(indent + whole) <= LINE_CHARS_MAX:
        return [Edit(start, end, whole)]
    if len(last) > 0 and (first or second):
        return None
    deep = f"{indent}{_STEP}"
    lines = [f"{name} = (", *(deep + c for c in first), deep + value, f"{deep}if {test}"]
    lines += [*(deep + c for c in second), f"{deep}else {default}", f"{indent})"]
    return [Edit(start, end, "\n".join(lines))]


def _bracketed(source: Source, node: ast.expr) -> str:
    code = source.code(node)
    return f"({code})" if isinstance(node, ast.IfExp) or "\n" in code else code


def returned_condition(source: Source, finding: Finding) -> list[Edit] | None:
    """SIM103: a condition that decides between True and False is the value itself."""
    node = source.around(finding.span, ast.If)
    indent = node and source.indent(node)
    block = source.block(node) if node else None
    if node is None or indent is None or block is None or source.is_elif(node):
        return None
    yes = _returned(node.body)
    rest, end = node.orelse, source.end(node)
    if not rest:
        place = next(n for n, one in enumerate(block) if one is node)
        rest = block[place + 1 : place + 2]
        end = source.end(rest[0]) if rest else end
    no = _returned(rest)
    if yes is None or no is None or yes == no:
        return None
    test = source.code(node.test)
    plain = isinstance(node.test, ast.Compare) or (
        isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
    )
    value = _negated(source, node.test)
    if yes:
        value = test if plain else f"bool({test})"
    start = source.start(node)
    said = [f"{c}\n{indent}" for c in source.comments(start, end=end)]
    if "\n" in value and value.startswith("not ") is False and not value.startswith("bool("):
        value = f"({value})"
    return [Edit(start, end, f"{''.join(said)}return {value}")]


def _negated(source: Source, test: ast.expr) -> str:
    """Returns the opposite of a condition, without a `not` where the operator has one."""
    code = source.code(test)
    match test:
        case ast.Name() | ast.Call() | ast.Attribute() | ast.Subscript():
            return f"not {code}"
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return f"bool({source.code(inner)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPPOSITES:
            between = source.text[source.end(left) : source.start(right)]
            old, new = _OPPOSITES[type(op)]
            start = source.end(left) - source.start(test)
            if between.count(old) == 1:
                return code[:start] + between.replace(old, new) + code[start + len(between) :]
        case _:
            pass
    return f"not ({code})"


def _returned(block: list[ast.stmt]) -> bool | None:
    match block:
        case [ast.Return(value=ast.Constant(value=bool(value)))]:
            return value
        case _:
            return None


def appended(source: Source, finding: Finding) -> list[Edit] | None:
    """PERF401, PERF402: a loop that only appends is one `extend`, or the list itself."""
    loop = _loop_around(source, finding)
    indent = loop and source.indent(loop)
    if loop is None or indent is None or loop.orelse:
        return None
    filters, call = _filtered(loop)
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[one], keywords=[]
        ) if not isinstance(one, ast.Starred):
            pass
        case _:
            return None
    if not _movable(source, loop, name):
        return None
    start, end = source.start(loop), source.end(loop)
    target, many = source.code(loop.target), source.code(loop.iter)
    tests = [f"if {source.code(test)}" for test in filters]
    begin = _empty_list_before(source, loop, name)
    said = source.comments(start if begin is None else begin, end=end)
    alone = not filters and source.code(one) == target
    parts = [source.code(one), f"for {target} in {many}", *tests]
    if begin is not None:
        brackets = (f"{name} = list(" if alone else f"{name} = [", ")" if alone else "]")
    else:
        brackets = (f"{name}.extend(", ")")
    inner = [many] if alone else parts
    lead = "".join(f"{comment}\n{indent}" for comment in said)
    whole = f"{brackets[0]}{' '.join(inner)}{brackets[1]}"
    if "\n" in whole or len(indent + whole) > LINE_CHARS_MAX:
        deep = "".join(f"\n{indent}{_STEP}{part}" for part in inner)
        whole = f"{brackets[0]}{deep}\n{indent}{brackets[1]}"
    return [Edit(start if begin is None else begin, end, f"{lead}{whole}")]


def _loop_around(source: Source, finding: Finding) -> ast.For | None:
    place = source.around(finding.span, ast.stmt)
    if isinstance(place, ast.For):
        return place
    outer = source.above(place) if place else iter(())
    return next((n for n in outer if isinstance(n, ast.For)), None)


def _filtered(loop: ast.For) -> tuple[list[ast.expr], ast.expr | None]:
    filters: list[ast.expr] = []
    block = loop.body
    while True:
        match block:
            case [ast.If(test=test, body=inner, orelse=[])]:
                filters.append(test)
                block = inner
            case [ast.Expr(value=value)]:
                return filters, value
            case _:
                return filters, None


def _movable(source: Source, loop: ast.For, name: str) -> bool:
    """Whether the loop may be an expression: nothing else sees its variables or the list.

    Where an error may be caught, a half-filled list must stay one, and no generator may turn a
    StopIteration into another error.
    """
    if any(isinstance(outer, ast.Try | ast.With | ast.AsyncWith) for outer in source.above(loop)):
        return False
    function = source.function(loop)
    inside = list(walked(loop))
    if function is None or any(
        isinstance(n, ast.Yield | ast.YieldFrom | ast.Await | ast.NamedExpr) for n in inside
    ):
        return False
    targets = {n.id for n in walked(loop.target) if isinstance(n, ast.Name)}
    known = {id(n) for n in inside}
    if sum(isinstance(n, ast.Name) and n.id == name for n in inside) != 1:
        return False
    if any(isinstance(n, ast.Attribute | ast.Subscript) for n in walked(loop.target)):
        return False
    try:
        outside = [n for t in targets for n in uses(function, t) if id(n) not in known]
    except Opaque:
        return False
    loops = [n for n in source.above(loop) if isinstance(n, LOOPS)]
    return not any(
        isinstance(n.ctx, ast.Load)
        and (
            source.start(n) > source.end(loop)
            or source.is_deferred(n, loop)
            or any(n in walked(one) for one in loops)
        )
        for n in outside
    )


def _empty_list_before(source: Source, loop: ast.For, name: str) -> int | None:
    """Returns where the list is made, when that is the statement before the loop."""
    block = source.block(loop) or []
    place = next((n for n, one in enumerate(block) if one is loop), 0)
    if place == 0:
        return None
    match block[place - 1]:
        case (
            ast.Assign(
                targets=[ast.Name(id=other)],
                value=ast.List(elts=[]) | ast.Call(func=ast.Name(id="list"), args=[], keywords=[]),
            ) as made
        ) if other == name:
            return source.start(made)
        case _:
            return None
