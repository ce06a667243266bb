"""Repairs that give a variable another name: it is ambiguous, or stands for two things."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from playground.domain.findings import Finding
from playground.domain.regions import first_line
from playground.domain.repairs.naming import (
    Opaque,
    fresh_in,
    last_word,
    owner,
    parameters,
    renamed,
    singular,
    uses,
)
from playground.domain.repairs.source import FUNCTIONS, LOOPS, Edit, Source, walked

_For = ast.For | ast.AsyncFor


def ambiguous(source: Source, finding: Finding) -> list[Edit] | None:
    """E741: a variable named l, O or I gets a name that says what it holds."""
    name = source.exactly(finding.span, ast.Name)
    scope = name and owner(source, name, name=name.id)
    if name is None or scope is None or name.id in parameters(scope):
        return None
    return _all_renamed(source, scope, name.id, wanted=_describing(source, name))


def _all_renamed(
    source: Source, scope: ast.AST, name: str, *, wanted: Sequence[str]
) -> list[Edit] | None:
    # A comprehension's variable must not hide what its function uses under the new name.
    function = source.function(scope) or scope
    new = fresh_in(function, *wanted)
    try:
        return renamed(source, uses(scope, name), new=new) if new else None
    except Opaque:
        return None


def _describing(source: Source, name: ast.Name) -> list[str]:
    """Returns names for a variable by what it is given, best first."""
    for outer in source.above(name):
        if isinstance(outer, _For | ast.comprehension):
            told = _of_many(outer.iter, outer.target, name)
            return [told, "item", "element", "each_item"]
        if isinstance(outer, ast.Assign | ast.AnnAssign | ast.NamedExpr) and outer.value:
            return [*_of_value(outer.value), "value", "current_value"]
        if isinstance(outer, ast.stmt):
            break
    return ["value", "current_value"]


def _of_value(value: ast.expr) -> list[str]:
    match value:
        case ast.Call(func=ast.Name(id="len")):
            return ["length", "total_length"]
        case ast.Name(id=other):
            return [f"current_{other}"]
        case ast.List() | ast.ListComp() | ast.Tuple():
            return ["items", "all_items"]
        case _:
            return [last_word(value)]


def _of_many(many: ast.expr, target: ast.expr, name: ast.Name) -> str:
    """Returns the word for one of what is gone through."""
    if isinstance(target, ast.Tuple) and isinstance(many, ast.Call):
        place = next((n for n, one in enumerate(target.elts) if one is name), None)
        called = many.func.id if isinstance(many.func, ast.Name) else ""
        if place is not None and called == "zip" and place < len(many.args):
            return singular(last_word(many.args[place]))
        if called != "enumerate" or place != 1:
            return ""
    return singular(last_word(many))


def _after(source: Source, node: ast.stmt, names: Sequence[ast.Name]) -> bool:
    """Whether one of these names may be met after a statement, also by a loop around it."""
    end = source.end(node)
    outside = _outside(node, names)
    if any(source.start(one) >= end or source.is_deferred(one, node) for one in outside):
        return True
    for loop in source.above(node):
        if not isinstance(loop, LOOPS):
            continue
        before = outside
        outside = _outside(loop, outside)
        anew = isinstance(loop, _For) and any(one in before for one in walked(loop.target))
        if len(outside) < len(before) and not anew:  # a loop that gives it anew forgets the old one
            return True
    return False


def _outside(node: ast.AST, names: Sequence[ast.Name]) -> list[ast.Name]:
    inside = {id(one) for one in walked(node)}
    return [one for one in names if id(one) not in inside]


def _within(
    source: Source, node: ast.stmt, name: str, *, parts: Sequence[ast.AST], wanted: Sequence[str]
) -> list[Edit] | None:
    """Renames a variable in parts of a statement, if nothing reads it afterwards."""
    function = source.function(node)
    if function is None:
        return None
    try:
        every = uses(function, name)
    except Opaque:
        return None
    new = fresh_in(function, *wanted)
    if new is None or _after(source, node, every):
        return None
    inside = {id(one) for part in parts for one in walked(part)}
    return renamed(source, [one for one in every if id(one) in inside], new=new)


def hidden_argument(source: Source, finding: Finding) -> list[Edit] | None:
    """PLR1704: what hides an argument gets a name of its own."""
    name = source.exactly(finding.span, ast.Name)
    function = name and source.function(name)
    if name is None or function is None:
        return None
    wanted = _describing(source, name) if _is_loop_target(source, name) else []
    words = [w for w in wanted[:1] if w]
    words += [f"current_{name.id}", f"inner_{name.id}"]
    if name.id not in parameters(function):
        return _all_renamed(source, function, name.id, wanted=words)
    return _binding_renamed(source, name, words)


def _is_loop_target(source: Source, name: ast.Name) -> bool:
    statement = source.statement(name)
    return isinstance(statement, _For) and any(n is name for n in walked(statement.target))


def _binding_renamed(source: Source, name: ast.Name, words: Sequence[str]) -> list[Edit] | None:
    statement = source.statement(name)
    if isinstance(statement, _For) and _is_loop_target(source, name) and not statement.orelse:
        parts: list[ast.AST] = [statement.target, *statement.body]
        return _within(source, statement, name.id, parts=parts, wanted=words)
    if isinstance(statement, ast.With | ast.AsyncWith):
        targets = [item.optional_vars for item in statement.items if item.optional_vars]
        heads = [n for item in statement.items for n in walked(item.context_expr)]
        read = [n.id for n in heads if isinstance(n, ast.Name)]
        if name.id in read and len(statement.items) > 1:
            return None
        parts = [*targets, *statement.body]
        return _within(source, statement, name.id, parts=parts, wanted=words)
    return None


def hidden_iterable(source: Source, finding: Finding) -> list[Edit] | None:
    """B020: the variable of a loop no longer overwrites what the loop goes through."""
    name = source.exactly(finding.span, ast.Name)
    if name is None or not _is_loop_target(source, name):
        return None
    one = singular(name.id)
    return _binding_renamed(source, name, [*([one] if one else []), f"each_{name.id}"])


def unused_loop_name(source: Source, finding: Finding) -> list[Edit] | None:
    """B007: a loop's variable that nothing reads says so by its name."""
    name = source.exactly(finding.span, ast.Name)
    function = name and source.function(name)
    statement = name and source.statement(name)
    if name is None or function is None or not isinstance(statement, _For):
        return None
    try:
        every = uses(function, name.id)
    except Opaque:
        return None
    inside = [n for part in (*statement.body, statement.target) for n in walked(part)]
    alone = [n for n in inside if isinstance(n, ast.Name) and n.id == name.id] == [name]
    reads = [n for n in every if isinstance(n.ctx, ast.Load)]
    if not alone or _after(source, statement, reads) or statement.orelse:
        return None
    new = fresh_in(function, f"_{name.id}", f"_{name.id}_unused")
    return renamed(source, [name], new=new) if new else None


def overwritten_loop_name(source: Source, finding: Finding) -> list[Edit] | None:
    """PLW2901: what a loop gives and what is made of it have two names."""
    name = source.exactly(finding.span, ast.Name)
    statement = name and source.statement(name)
    if name is None or statement is None:
        return None
    outer = _loop_over(source, name, statement)
    if outer is None or (function := source.function(outer)) is None:
        return None
    if isinstance(statement, _For):
        one = singular(last_word(statement.iter))
        words = [one if one != name.id else "", f"inner_{name.id}"]
        return _binding_renamed(source, name, words)
    try:
        every = uses(function, name.id)
    except Opaque:
        return None
    new = fresh_in(function, f"raw_{name.id}", f"given_{name.id}")
    if new is None:
        return None
    loop = _Overwritten(source, outer, name.id, new)
    if isinstance(statement, ast.Assign) and any(statement is n for n in outer.body):
        first_half = loop.first_half_renamed(statement, every)
        if statement.targets == [name] and first_half is not None:
            return first_half
    return loop.copied()


def _loop_over(source: Source, name: ast.Name, statement: ast.stmt) -> _For | None:
    for outer in source.above(statement):
        if isinstance(outer, _For) and any(
            isinstance(n, ast.Name) and n.id == name.id for n in walked(outer.target)
        ):
            return outer
        if isinstance(outer, (*FUNCTIONS, ast.ClassDef)):
            return None
    return None


@dataclass(frozen=True)
class _Overwritten:
    """A loop whose variable `name` is overwritten in its body, and a new name for what it gives."""

    source: Source
    outer: _For
    name: str
    new: str

    def first_half_renamed(
        self, statement: ast.Assign, every: Sequence[ast.Name]
    ) -> list[Edit] | None:
        """Renames the variable up to the statement that made something else of it."""
        source, outer = self.source, self.outer
        if outer.orelse or _after(source, outer, every):
            return None
        target, end = statement.targets[0], source.end(statement)
        first = [
            n
            for n in every
            if source.start(outer) <= source.start(n) < end
            and n is not target
            and not _in(outer.iter, n)
        ]
        before = [n for n in first if source.start(n) < source.start(statement)]
        deferred = any(
            isinstance(outside, ast.Lambda | ast.FunctionDef | ast.GeneratorExp)
            for n in first
            for outside in source.above(n)
            if _in(outer, outside) and outside is not outer
        )
        stored = [n for n in before if not isinstance(n.ctx, ast.Load)]
        if deferred or any(not _in(outer.target, n) for n in stored):
            return None
        return renamed(source, first, new=self.new)

    def copied(self) -> list[Edit] | None:
        """Lets the loop give the new name, and begins its body with the old one."""
        source, outer, name = self.source, self.outer, self.name
        targets = [n for n in walked(outer.target) if isinstance(n, ast.Name) and n.id == name]
        first = outer.body[0]
        indent = source.indent(first)
        if indent is None or first.lineno == outer.lineno or len(targets) != 1:
            return None
        at = source.line_start((outer.iter.end_lineno or outer.lineno) + 1)
        if ":" not in source.text[source.end(outer.iter) : at]:
            at = source.line_start(first_line(first))
        named = renamed(source, targets, new=self.new)
        edit = Edit(at, at, f"{indent}{name} = {self.new}\n")
        return None if named is None else [*named, edit]


def _in(node: ast.AST, wanted: ast.AST) -> bool:
    return any(one is wanted for one in walked(node))


def first_parameter(source: Source, finding: Finding) -> list[Edit] | None:
    """reportSelfClsParameterName: the first parameter of a method is named as usual."""
    function = source.around(finding.span, FUNCTIONS)
    wanted = "cls" if '"cls"' in finding.message else "self"
    arg = source.exactly(finding.span, ast.arg)
    if (
        function is None
        or arg is None
        or [*function.args.posonlyargs, *function.args.args][0] is not arg
    ):
        return None
    home = source.parent(function)
    if not isinstance(home, ast.ClassDef) or function.decorator_list or arg.annotation:
        return None
    mentions = [
        n
        for n in walked(home)
        if isinstance(n, ast.Name) and n.id == function.name and not isinstance(n.ctx, ast.Store)
    ]
    new = fresh_in(function, wanted)
    if mentions or new is None:
        return None
    try:
        names = renamed(source, uses(function, arg.arg), new=new)
    except Opaque:
        return None
    start = source.start(arg)
    return None if names is None else [*names, Edit(start, start + len(arg.arg), new)]
