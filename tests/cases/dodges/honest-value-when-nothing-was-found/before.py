"""Days and what was moved on them."""

from __future__ import annotations


def busiest(moved: dict[str, int]) -> str:
    """Returns the day with most pieces."""
    for day, count in moved.items():
        if count > 100:
            found = day
            break
    return found
