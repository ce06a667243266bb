"""Episodes as examples: the lines that an edit changed, with a few around them."""

from __future__ import annotations

from collections.abc import Sequence

EXAMPLE_CHARS_MAX = 1_200
"""Characters, before and after together, up to which an example fits into a prompt."""
WHOLE_CHARS_MAX = 600
"""The same up to which the whole region is shown: who reads it sees what kind of code it is."""
CONTEXT_LINES = 3
"""Lines that are kept on each side of what was changed in a longer one."""


def example_of(before: str, after: str) -> tuple[str, str]:
    """Returns the two texts of an example: short regions whole, others cut to what was changed.

    What is cut keeps three lines on both sides and loses the indentation that all of it shares.
    """
    if len(before) + len(after) <= WHOLE_CHARS_MAX:
        return before, after
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    first, cut = max(0, head - CONTEXT_LINES), max(0, tail - CONTEXT_LINES)
    old, new = old[first : len(old) - cut], new[first : len(new) - cut]
    indents = sorted(_indent(line) for line in (*old, *new) if line.strip())
    places = _common(indents[0], indents[-1]) if indents else 0
    return _moved(old, places), _moved(new, places)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Returns how many lines, or characters, at the beginning are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(old), len(new)))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _moved(lines: Sequence[str], places: int) -> str:
    return "".join(line[places:] if line.strip() else line.lstrip(" \t") for line in lines)
