"""The command `playground`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from playground.plugins import load


def main() -> int:
    """Runs the terminal surface on the process's own arguments; returns the exit code."""
    # `python -m` puts the working folder first: a repository's `yaml.py` must not become ours.
    if not sys.flags.safe_path and sys.path and sys.path[0] in {"", str(Path.cwd())}:
        del sys.path[0]
    # CPython warns about the code that is analysed, which is none of the person's business here.
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)

    return _terminal()(sys.argv[1:])


def _terminal() -> Callable[[Sequence[str]], int]:
    return vars(load("playground.surfaces", name="terminal"))["main"]


if __name__ == "__main__":
    sys.exit(main())
