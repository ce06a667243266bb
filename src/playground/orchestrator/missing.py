"""Imports that an answer needs and forgot: standard library modules and a few well-known names."""

from __future__ import annotations

import ast
import builtins
import sys

from playground.domain.syntax import parse

_WELL_KNOWN = {
    "Path": "pathlib",
    "suppress": "contextlib",
    "closing": "contextlib",
    "contextmanager": "contextlib",
    "partial": "functools",
    "wraps": "functools",
    "lru_cache": "functools",
    "defaultdict": "collections",
    "Counter": "collections",
    "deque": "collections",
    "Decimal": "decimal",
    "timezone": "datetime",
    "timedelta": "datetime",
    "NamedTemporaryFile": "tempfile",
    "TemporaryDirectory": "tempfile",
    "Iterator": "collections.abc",
    "Iterable": "collections.abc",
    "Mapping": "collections.abc",
    "Sequence": "collections.abc",
    "Callable": "collections.abc",
    "ClassVar": "typing",
    "Optional": "typing",
    "dataclass": "dataclasses",
    "field": "dataclasses",
    "chain": "itertools",
    "sleep": "time",
}
_MODULES = sys.stdlib_module_names - {"this", "antigravity", "test", "idlelib", "lib2to3"}


def missing_imports(base: str, *, after: str) -> tuple[str, ...]:
    """Returns import statements for names that `after` uses, never binds, and `base` never had.

    The gate judges the result; this only spares a model the commonest slip.
    """
    old, new = parse(base), parse(after)
    if old is None or new is None:
        return ()
    known = _names(old) | _bound(new) | frozenset(dir(builtins))
    wanted = sorted(_used(new) - known)
    statements: list[str] = []
    for name in wanted:
        if name in _WELL_KNOWN:
            statements.append(f"from {_WELL_KNOWN[name]} import {name}")
        elif name in _MODULES and not name.startswith("_"):
            statements.append(f"import {name}")
    return tuple(statements)


def _used(tree: ast.Module) -> frozenset[str]:
    names = (n for n in ast.walk(tree) if isinstance(n, ast.Name))
    return frozenset(n.id for n in names if isinstance(n.ctx, ast.Load))


def _names(tree: ast.Module) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name)) | _bound(tree)


def _bound(tree: ast.Module) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=alias):
                found.add((alias or name).split(".")[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found.add(name)
            case ast.MatchStar(name=str(name)):
                found.add(name)
            case _:
                pass
    return frozenset(found)
