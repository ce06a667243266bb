"""How the state of one part is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """The state of one part.

    Attributes:
        part: its name.
        text: one sentence; what to do when it is not well.
        well: whether it can be used.
        used: whether anything needs it; else nothing was tried, and `well` says nothing.
    """

    part: str
    text: str
    well: bool = True
    used: bool = True
