"""Installed packages of a repository's own virtual environment, as folders to look imports up in.

The environment's interpreter is never started, and its folder is never handed on as it is: a
committed environment could lead an analyzer anywhere through links or `.pth` files, and what it
reads there could appear in its messages. Only packages of plain files and folders are offered, one
by one, and `.pth` files never.
"""

from __future__ import annotations

import os
from pathlib import Path

_ENVIRONMENTS = (".venv", "venv")
_ENTRIES_MAX = 200_000


def installed_packages(root: Path) -> tuple[Path, ...]:
    """Returns folders and modules below `.venv` or `venv` that imports may be looked up in."""
    for name in _ENVIRONMENTS:
        for site in _site_packages(root / name):
            return _clean_entries(site)
    return ()


def _site_packages(environment: Path) -> list[Path]:
    library = environment / "lib"
    if not (_is_folder(environment) and _is_folder(library)):
        return []
    try:
        versions = sorted(library.iterdir())
    except OSError:
        return []
    return [
        version / "site-packages"
        for version in versions
        if version.name.startswith("python3.")
        and _is_folder(version)
        and _is_folder(version / "site-packages")
    ]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _clean_entries(site: Path) -> tuple[Path, ...]:
    budget = [_ENTRIES_MAX]
    found: list[Path] = []
    try:
        with os.scandir(site) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.name.endswith((".dist-info", ".pth", ".egg-link")) or entry.is_symlink():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if _is_plain(Path(entry.path), budget):
                        found.append(Path(entry.path))
                elif entry.name.endswith((".py", ".pyi")) and _is_lone_file(entry):
                    found.append(Path(entry.path))
    except OSError:
        return ()
    return tuple(found)


def _is_lone_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _is_plain(folder: Path, budget: list[int]) -> bool:
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    budget[0] -= 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    # A pipe would make its reader wait for ever, a link lead it anywhere.
                    elif not entry.is_file(follow_symlinks=False):
                        return False
                    if budget[0] < 0:
                        return False
        except OSError:
            return False
    return True
