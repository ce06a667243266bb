"""Classes that a person wrote for their own installation and named in their own configuration.

Two forms of reference are understood: `package.module:Class` for what is installed beside
Playground, and `file.py:Class` for a file below the person's configuration folder. Nothing below
the working directory or a project is ever loaded, whatever it is called: code of a repository
that is being looked at must never run.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import site
import stat
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TypeVar

from playground.domain.changes import digest_of
from playground.domain.errors import BadConfiguration

_KEY = "cycles.nodes"
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_CLASS = re.compile(r"[A-Za-z_]\w*", re.ASCII)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Reference:
    text: str
    origin: str
    target: str
    class_name: str

    def wrong(self, reason: str) -> BadConfiguration:
        return BadConfiguration(_KEY, value=self.text, origin=self.origin, reason=reason)


def load_class(
    reference: str,
    *,
    base_folder: Path,
    expected: type[_T],
    project: Path | None = None,
    origin: str = "your configuration",
) -> type[_T]:
    """Imports a class that the person named in their own configuration.

    Args:
        reference: `package.module:Class` (installed) or `file.py:Class` (below `base_folder`).
        base_folder: the person's own configuration folder.
        expected: the class that it must be derived from.
        project: the repository at hand; nothing below it or the working directory is loaded.
        origin: where the reference was configured, for messages.

    Raises:
        BadConfiguration: the reference cannot be read, found, imported or used; the reason says
            what to do.
    """
    target, _, class_name = reference.strip().rpartition(":")
    named = _Reference(reference, origin, target, class_name)
    if not target or not _CLASS.fullmatch(class_name):
        raise named.wrong('write it as "file.py:Class" or "package.module:Class".')
    forbidden = [folder for folder in (_working_folder(), _resolved(project)) if folder]
    if target.endswith(".py"):
        module = _from_file(named, _file_below(named, base_folder, forbidden))
    else:
        module = _from_installation(named, forbidden)
    loaded: object = getattr(module, class_name, None)
    if not isinstance(loaded, type):
        raise named.wrong(f"{target} has no class {class_name}; check the name.")
    if not issubclass(loaded, expected):
        raise named.wrong(f"{class_name} must be derived from {expected.__name__}.")
    return loaded


def _file_below(named: _Reference, base_folder: Path, forbidden: list[Path]) -> Path:
    relative = PurePosixPath(named.target)
    if relative.is_absolute() or ".." in relative.parts or "\\" in named.target:
        raise named.wrong(f"name a file below {base_folder}, without '..' and not absolute.")
    try:
        # The person's own folder may consist of links, as dotfile managers make them.
        path = (base_folder / relative).resolve(strict=True)
        mode = path.stat().st_mode
    except (OSError, RuntimeError, ValueError):
        raise named.wrong(f"there is no such file below {base_folder}; put it there.") from None
    if not stat.S_ISREG(mode):
        raise named.wrong("it is not a regular file.")
    if mode & stat.S_IWOTH:
        raise named.wrong("everybody may write this file; run chmod o-w on it first.")
    if any(path.is_relative_to(folder) for folder in forbidden):
        raise named.wrong(
            "it lies below the project or the working directory, and code from there is never run; "
            "move it to your own configuration folder."
        )
    return path


def _from_file(named: _Reference, path: Path) -> ModuleType:
    name = f"playground_own_{digest_of(str(path))[:16]}"
    present = sys.modules.get(name)
    if present is not None:
        return present
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise named.wrong("it cannot be read as a Python module.")
    loader, module = spec.loader, importlib.util.module_from_spec(spec)
    # Dataclasses and pickling look a class's module up by name, so it is known while it loads.
    sys.modules[name] = module
    try:
        _guarded(named, lambda: loader.exec_module(module))
    except BadConfiguration:
        del sys.modules[name]
        raise
    return module


def _from_installation(named: _Reference, forbidden: list[Path]) -> ModuleType:
    if not _DOTTED.fullmatch(named.target):
        raise named.wrong('write it as "file.py:Class" or "package.module:Class".')
    top = named.target.partition(".")[0]
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise named.wrong(f"no package {top} is installed beside Playground; install it.")
    installed = _installation_folders()
    for place in _places(spec):
        if any(place.is_relative_to(folder) for folder in installed):
            continue
        if any(place.is_relative_to(folder) for folder in forbidden):
            raise named.wrong(
                f"{top} would be loaded from {place}, below the project or the working directory, "
                "and code from there is never run; install it or name a file instead."
            )
    return _guarded(named, lambda: importlib.import_module(named.target))


_R = TypeVar("_R")


def _guarded(named: _Reference, step: Callable[[], _R]) -> _R:
    try:
        return step()
    except (Exception, SystemExit) as error:
        lines = str(error).splitlines()
        what = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        raise named.wrong(f"importing {named.target} failed with {what}.") from error


def _places(spec: ModuleSpec) -> list[Path]:
    texts = list(spec.submodule_search_locations or ())
    if spec.has_location and spec.origin:
        texts.append(spec.origin)
    return [Path(text).resolve() for text in texts]


def _installation_folders() -> list[Path]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    texts = [sysconfig.get_path(name) for name in names]
    if site.ENABLE_USER_SITE:
        texts.append(site.getusersitepackages())
    return [Path(text).resolve() for text in texts if text]


def _working_folder() -> Path | None:
    try:
        return Path.cwd().resolve()
    except OSError:  # deleted under us
        return None


def _resolved(folder: Path | None) -> Path | None:
    return folder.resolve() if folder else None
