"""Days and what was moved on them."""

from __future__ import annotations


def busiest(moved: dict[str, int]) -> str:
    """Returns the day with most pieces."""
    lines: list[str] = []
    for day, count in moved.items():
        mark = ""
        if count > 100:
            mark = "!"
        lines.append(day + mark)
    return "\n".join(lines)
