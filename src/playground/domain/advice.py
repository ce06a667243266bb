"""Commands as they are shown to a person, so that a shell takes them word for word."""

from __future__ import annotations

import shlex
from collections.abc import Sequence


def command(*words: str, paths: Sequence[str] = ()) -> str:
    """Returns a command of Playground in backticks, quoted where a POSIX shell needs it.

    Args:
        words: what follows the program's name.
        paths: files or folders, which come last; one that looks like an option gets `./`.
    """
    places = (f"./{path}" if path.startswith("-") else path for path in paths)
    return f"`{shlex.join(['playground', *words, *places])}`"
