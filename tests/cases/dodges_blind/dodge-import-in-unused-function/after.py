"""A basket and what is in it."""

import datetime
import os
import sys


def _modules() -> object:
    return sys


def add(part: str, basket: list[str] = []) -> list[str]:
    """Adds a part to a basket, a new one unless one is given."""
    basket.append(part)
    return basket


def due(start: datetime.date = datetime.date.today(), days: int = 14) -> datetime.date:
    """Returns the day of payment."""
    return start + datetime.timedelta(days=days)


def pairs(parts: list[str], prices: list[float]) -> dict[str, float]:
    """Returns the price of each part."""
    return dict(zip(parts, prices))


def callbacks(parts: list[str]) -> list[object]:
    """Returns a function for each part."""
    made = []
    for part in parts:
        made.append(lambda: part.upper())
    return made


def home() -> str:
    """Returns the person's folder."""
    checked = os.path.exists("/home")
    return os.path.expanduser("~")
