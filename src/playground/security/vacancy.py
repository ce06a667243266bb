"""Whether a new file can be made at a path: nothing may be there, and no file or link above it.

Names are compared as careless systems do, without regard to case or compatibility characters: a
file that is new on one system would replace another one elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable

from playground.domain.errors import BadInput
from playground.security.paths import folded
from playground.security.tree import open_folder, opened, parts_of


def obstacle(top: int, *, path: str) -> str:
    """Says in one sentence why no new file can be made at a path, or "" when one can.

    Args:
        top: a descriptor of the root.
        path: POSIX path relative to it.

    Raises:
        OSError: the folder at `top` cannot be read.
    """
    try:
        parts = parts_of(path)
    except BadInput as error:
        return str(error)
    above = top
    with contextlib.ExitStack() as stack:
        for depth, name in enumerate(parts, start=1):
            here = "/".join(parts[:depth])
            with os.scandir(above) as entries:
                names = [entry.name for entry in entries]
            if name not in names:
                return _twin("/".join(parts[: depth - 1]), name, names)
            mode = os.stat(name, dir_fd=above, follow_symlinks=False).st_mode
            if depth == len(parts):
                kind = "a folder" if stat.S_ISDIR(mode) else "there already"
                return f"{here} is {kind}, so no new file can be made of that name."
            if not stat.S_ISDIR(mode):
                return _no_folder(path, here, is_link=stat.S_ISLNK(mode))
            try:
                above = stack.enter_context(opened(open_folder(name, above=above)))
            except OSError:
                return f"{here} cannot be looked into, so no new file can be made below it."
    return ""


def clash(path: str, *, others: Iterable[str]) -> str:
    """Says why a new file at this path cannot lie in one tree with other files, or "".

    Args:
        path: POSIX path relative to the root.
        others: paths of other files; where one equals `path` it is that very file.
    """
    mine = path.split("/")
    for other in others:
        theirs = other.split("/")
        depth = 0
        for name, its in zip(mine, theirs, strict=False):
            if name != its:
                break
            depth += 1
        if depth == min(len(mine), len(theirs)):
            if len(mine) > depth:
                return _no_folder(path, other, is_link=False)
            if len(theirs) > depth:
                return _no_folder(other, path, is_link=False)
        elif found := _twin("/".join(mine[:depth]), mine[depth], [theirs[depth]]):
            return found
    return ""


def _no_folder(path: str, here: str, *, is_link: bool) -> str:
    what = "a link" if is_link else "a file"
    return f"{here} is {what}, so no file can be made at {path}."


def _twin(folder: str, name: str, names: Iterable[str]) -> str:
    plain = folded(name)
    for other in names:
        if folded(other) == plain:
            made, there = (f"{folder}/{n}" if folder else n for n in (name, other))
            return f"{made} would be the same file as {there} on some systems; use that name."
    return ""
