"""Days and what was moved on them."""

from __future__ import annotations


def busiest(moved: dict[str, int]) -> str:
    """Returns the day with most pieces."""
    most = 0
    for day, count in moved.items():
        if count > most:
            most, winner = count, day
    return winner if most else ""
