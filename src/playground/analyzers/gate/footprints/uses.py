"""Names as they are bound and read, in their order."""

from __future__ import annotations

from typing import NamedTuple


class Use(NamedTuple):
    """A name that is bound or read."""

    name: str
    binds: bool


SPLIT, OTHER, JOIN = (Use(mark, binds=False) for mark in ("if", "else", "end"))
"""Among names: where an `if` begins to do one thing, the other one, and ends."""
