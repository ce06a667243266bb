"""The command `playground`."""

from __future__ import annotations

import sys

from playground.surfaces.terminal import main as terminal


def main() -> int:
    """Runs the terminal surface on the process's own arguments; returns the exit code."""
    return terminal(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
