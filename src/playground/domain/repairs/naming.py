"""Renaming a variable inside of one scope, and finding a good name for it."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from playground.domain.repairs.source import (
    COMPREHENSIONS,
    FUNCTIONS,
    Edit,
    Source,
    children,
    walked,
)

Scope = (
    ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)
_SCOPES = (*FUNCTIONS, ast.Lambda, *COMPREHENSIONS)
_LOOKERS = frozenset({"locals", "vars", "eval", "exec", "dir"})
_BUILTINS = frozenset(dir(builtins))


class Opaque(Exception):
    """The name is bound or read in a way that cannot be followed."""


@dataclass
class _Uses:
    """What a name is in one scope and in those inside that see it."""

    name: str
    names: list[ast.Name] = field(default_factory=list[ast.Name])

    def into(self, node: ast.AST) -> None:
        for child in children(node):
            self.one(child)

    def one(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            if node.id in _LOOKERS:
                raise Opaque
            if node.id == self.name:
                self.names.append(node)
            return
        if self.name in declared(node):
            raise Opaque
        if isinstance(node, ast.ClassDef) and _stores(node.body, self.name):
            raise Opaque
        if isinstance(node, _SCOPES) and binds(node, self.name):
            if isinstance(node, FUNCTIONS) and _is_nonlocal(node.body, self.name):
                raise Opaque  # it binds the one outside
            for part in _outer_parts(node):
                self.one(part)
            return
        self.into(node)


def declared(node: ast.AST) -> tuple[str, ...]:
    """Returns names that a node binds or mentions without an `ast.Name`."""
    match node:
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return tuple(names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return (name,)
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return (name,)
        case ast.alias(name=name, asname=known):
            return (known or name.split(".")[0],)
        case _:
            return ()


def binds(scope: ast.AST, name: str) -> bool:
    """Whether a function or comprehension has a variable of its own with this name."""
    if isinstance(scope, COMPREHENSIONS):
        return any(_stores([part.target], name) for part in scope.generators)
    if isinstance(scope, ast.Lambda):
        return name in parameters(scope)
    if isinstance(scope, FUNCTIONS):
        return name in parameters(scope) or _stores(scope.body, name)
    return False


def parameters(scope: ast.AST) -> set[str]:
    """Returns the names of a function's parameters."""
    if not isinstance(scope, (*FUNCTIONS, ast.Lambda)):
        return set()
    own = scope.args
    extra = [arg for arg in (own.vararg, own.kwarg) if arg is not None]
    return {a.arg for a in (*own.posonlyargs, *own.args, *own.kwonlyargs, *extra)}


def _stores(nodes: Sequence[ast.AST], name: str) -> bool:
    """Whether a name is bound by these nodes themselves, not by scopes inside of them."""
    for node in nodes:
        if isinstance(node, ast.Name) and node.id == name:
            if not isinstance(node.ctx, ast.Load):
                return True
        elif name in declared(node):
            return True
        if isinstance(node, (*_SCOPES, ast.ClassDef)):
            continue
        if _stores(children(node), name):
            return True
    return False


def _is_nonlocal(nodes: Sequence[ast.AST], name: str) -> bool:
    """Whether these nodes themselves, not scopes inside of them, say `nonlocal name`."""
    for node in nodes:
        if isinstance(node, ast.Nonlocal) and name in node.names:
            return True
        if isinstance(node, (*_SCOPES, ast.ClassDef)):
            continue
        if _is_nonlocal(children(node), name):
            return True
    return False


def _outer_parts(scope: ast.AST) -> Iterator[ast.AST]:
    """Yields what of a scope is evaluated outside of it."""
    if isinstance(scope, COMPREHENSIONS):
        yield scope.generators[0].iter
        return
    if isinstance(scope, FUNCTIONS):
        yield from scope.decorator_list
        yield from [scope.returns] if scope.returns else []
    if isinstance(scope, (*FUNCTIONS, ast.Lambda)):
        yield from scope.args.defaults
        yield from [d for d in scope.args.kw_defaults if d]
        extra = [arg for arg in (scope.args.vararg, scope.args.kwarg) if arg is not None]
        for arg in (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs, *extra):
            yield from [arg.annotation] if arg.annotation else []


def owner(source: Source, node: ast.AST, *, name: str) -> Scope | None:
    """Returns the function or comprehension whose variable a name is; None outside of one."""
    for outer in source.above(node):
        if isinstance(outer, _SCOPES) and binds(outer, name):
            return outer
        if isinstance(outer, ast.ClassDef):
            return None
    return None


def uses(scope: ast.AST, name: str) -> list[ast.Name]:
    """Returns every place where a variable of a scope is read or written, its parameters aside.

    Raises:
        Opaque: it cannot be followed.
    """
    found = _Uses(name)
    if isinstance(scope, COMPREHENSIONS):
        for number, part in enumerate(scope.generators):
            for node in (part.target, *part.ifs, *([part.iter] if number else [])):
                found.one(node)
        whole = isinstance(scope, ast.DictComp)
        for node in (scope.key, scope.value) if whole else (scope.elt,):
            found.one(node)
    elif isinstance(scope, FUNCTIONS):
        for node in scope.body:
            found.one(node)
    elif isinstance(scope, ast.Lambda):
        found.one(scope.body)
    else:
        found.into(scope)
    return found.names


def renamed(source: Source, names: Sequence[ast.Name], *, new: str) -> list[Edit] | None:
    """Returns the edits that give these names another one, None where their text is not theirs.

    Inside of f-strings Python 3.11 does not always say where a name stands.
    """
    edits = [Edit(source.start(n), source.start(n) + len(n.id), new) for n in names]
    told = all(source.text[e.start : e.end] == n.id for e, n in zip(edits, names, strict=True))
    return edits if told and len(set(edits)) == len(edits) else None


def bound_in(source: Source) -> set[str]:
    """Returns every name that something in the file binds."""
    found = {name for n in walked(source.tree) for name in declared(n)}
    found |= {n.arg for n in walked(source.tree) if isinstance(n, ast.arg)}
    return found | {
        n.id
        for n in walked(source.tree)
        if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }


def fresh(source: Source, *wanted: str) -> str | None:
    """Returns the first of these names that the file does not use, and that is free in Python."""
    for name in wanted:
        usable = name.isidentifier() and not keyword.iskeyword(name) and name not in _BUILTINS
        if usable and name not in source.names:
            return name
    return None


def fresh_in(scope: ast.AST, *wanted: str) -> str | None:
    """Returns the first of these names that nothing in a scope uses."""
    taken = {n.id for n in walked(scope) if isinstance(n, ast.Name)}
    taken |= {name for n in walked(scope) for name in declared(n)}
    taken |= {n.arg for n in walked(scope) if isinstance(n, ast.arg)}
    for name in wanted:
        usable = name.isidentifier() and not keyword.iskeyword(name) and name not in _BUILTINS
        if usable and name not in taken and len(name) > 1:
            return name
    return None


def singular(name: str) -> str:
    """Returns the word for one of many, "" when the name is no plural."""
    name = name.strip("_")
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss") and len(name) > 3:
        return name[:-1]
    return ""


def last_word(node: ast.AST) -> str:
    """Returns the name that code ends with: of a variable, an attribute or what is called."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Name(id="enumerate" | "reversed" | "sorted" | "list"), args=[one]):
            return last_word(one)
        case ast.Call(func=ast.Attribute(attr="splitlines" | "readlines")):
            return "lines"
        case ast.Call(func=ast.Attribute(attr="items" | "values", value=value)):
            return last_word(value)
        case ast.Call(func=func):
            return last_word(func)
        case ast.Subscript(value=value):
            return last_word(value)
        case _:
            return ""
