"""Paths that a person typed or that a patch names, held inside one folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PurePosixPath

from playground.domain.errors import BadInput
from playground.security.unicode import control_characters, has_surrogates, hidden_characters

PATH_LENGTH_MAX = 200

_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}
)
_FORBIDDEN = frozenset('\\:*?"<>|')
_IGNORED_BY_SYSTEMS = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad]")


def path_problem(path: str) -> str:
    """Says why a patch may not name this path, or "" when it may.

    A good path is relative POSIX in its normal form, at most 200 characters long, and means the
    same file on every system: no backslash, no control or hidden character, no device name, no
    part that ends in a blank or a dot.
    """
    if not path or len(path) > PATH_LENGTH_MAX:
        return f"a path has 1 to {PATH_LENGTH_MAX} characters"
    if has_surrogates(path) or control_characters(path) or hidden_characters(path):
        return "a path holds no control or hidden characters"
    if any(c in _FORBIDDEN or c in "\t\n\r\f" for c in path):
        return "a path holds no backslash, colon, wildcard or line end"
    if unicodedata.normalize("NFKC", path) != path:
        return "a path is written in its normal Unicode form"
    return _part_problem(path)


def _part_problem(path: str) -> str:
    parts = path.split("/")
    if path.startswith(("/", "~")):
        return "a path is relative to the task's folder"
    if any(part in {"", ".", ".."} for part in parts):
        return "a path has no empty part, no '.' and no '..'"
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return "no part of a path begins or ends with a blank or ends with a dot"
    if any(part.split(".")[0].casefold() in _DEVICES for part in parts):
        return "no part of a path is the name of a device"
    return ""


def folded(part: str) -> str:
    """Returns a name as the most careless file system would read it."""
    plain = unicodedata.normalize("NFKC", _IGNORED_BY_SYSTEMS.sub("", part)).casefold()
    return plain.split(":", 1)[0].strip().rstrip(". ")


def relative_inside(root: Path, *, path: str) -> str:
    """Returns a typed path as a POSIX path relative to `root`; "." is the root itself.

    A relative path counts from `root`. Links are resolved first, so that none leads outside. The
    file need not exist.

    Args:
        root: an existing folder.
        path: what the person typed.

    Raises:
        BadInput: the path is empty, unreadable or leads outside.
    """
    if not path.strip() or has_surrogates(path) or "\0" in path:
        raise BadInput(f"Give a file or folder below {root}; {path!r} is none.")
    base = _resolved(root, shown=str(root))
    target = _resolved(base / path, shown=path)
    if not target.is_relative_to(base):
        raise BadInput(f"Give a path below {root}; {path!r} leads outside.")
    return PurePosixPath(target.relative_to(base)).as_posix()


def _resolved(path: Path, *, shown: str) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(f"Give a path that can be resolved; {shown!r} cannot.") from error
