"""Adapters are modules that lie directly in a package's folder; the file name is the id.

Listing them reads folders and first lines and imports nothing, so a broken or heavy adapter costs
nothing until somebody asks for it by name.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import pkgutil
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Protocol, cast, runtime_checkable

from playground.domain.errors import BadInput, Unavailable
from playground.domain.syntax import PARSE_ERRORS, parsed


# The abstract classes of `importlib.abc` would say the same, but importing them loads the whole of
# `importlib.resources`, and this module is on the way to `--help`.
class _Finder(Protocol):
    def find_spec(self, fullname: str, /) -> ModuleSpec | None: ...


@runtime_checkable
class _Loader(Protocol):
    def get_source(self, fullname: str, /) -> str | None: ...


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """An adapter that may be loaded.

    Attributes:
        name: the id: the module's name without its package.
        module: the full dotted name to import.
        summary: first line of the module's docstring, "" when it has none.
    """

    name: str
    module: str
    summary: str


def adapters(package: str) -> dict[str, AdapterSpec]:
    """Lists the adapters of a package, by name in alphabetical order, without importing them.

    Sub-packages and names that begin with an underscore are support code and left out.

    Raises:
        BadInput: there is no such package.
    """
    found = {
        name: AdapterSpec(name, f"{package}.{name}", _first_line(_source_of(finder, name)))
        for name, finder in _found(package)
    }
    return dict(sorted(found.items()))


def load(package: str, *, name: str) -> ModuleType:
    """Imports one adapter of a package.

    Raises:
        BadInput: the package has no adapter of this name; the message lists those it has.
        Unavailable: the adapter needs something that is not installed.
    """
    known = sorted(known for known, _ in _found(package))
    if name not in known:
        kind = package.rpartition(".")[2]
        names = ", ".join(known) or "none"
        raise BadInput(f"There is no {name!r} among the {kind}; choose one of: {names}.")
    module = f"{package}.{name}"
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = error.name or str(error)
        raise Unavailable(
            f"{module} cannot be loaded because {missing!r} is missing; "
            "install Playground again from its lock file."
        ) from error


def _found(package: str) -> Iterator[tuple[str, _Finder]]:
    for info in pkgutil.iter_modules(_locations(package)):
        if not info.ispkg and not info.name.startswith("_"):
            # Finders of folders and archives, the only ones met here, take a bare name.
            yield info.name, cast("_Finder", info.module_finder)


def _locations(package: str) -> list[str]:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.submodule_search_locations is None:
        raise BadInput(f"There is no package {package!r}; check its name.")
    return list(spec.submodule_search_locations)


def _source_of(finder: _Finder, name: str) -> str:
    spec = finder.find_spec(name)
    loader = spec.loader if spec else None
    try:
        return (loader.get_source(name) or "") if isinstance(loader, _Loader) else ""
    except (ImportError, OSError, SyntaxError, UnicodeError):
        return ""


def _first_line(source: str) -> str:
    try:
        text = ast.get_docstring(parsed(_first_statement(source)))
    except PARSE_ERRORS:
        text = None
    return text.strip().partition("\n")[0] if text else ""


def _first_statement(source: str) -> str:
    """Returns the lines up to the end of the first statement: parsing all of them takes long.

    Raises:
        SyntaxError: they are no Python.
    """
    lines = list(io.StringIO(source))
    try:
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type == tokenize.NEWLINE:
                return "".join(lines[: token.end[0]])
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error
    return ""
