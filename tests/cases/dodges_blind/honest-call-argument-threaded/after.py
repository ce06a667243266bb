"""Writes the monthly report."""

from typing import TypedDict

import logging

log = logging.getLogger(__name__)


class Line(TypedDict, total=False):
    """A line of the report."""

    title: str
    amount: float


def send(title: str, amount: float, *, currency: str) -> str:
    """Returns what is sent."""
    return f"{title}: {amount} {currency}"


def lines(found: list[Line], final: bool, *, currency: str = "EUR") -> list[str]:
    """Returns the lines to send."""
    if final:
        prefix = "final"
    out: list[str] = []
    for line in found:
        out.append(f"{prefix} " + send(line["title"], 2.0, currency=currency))
    return out
