"""What the surfaces need of the places where a journal may lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from playground.domain.audits import AuditReport


class PlacesView(Protocol):
    """Where the journal lies, and where else it could."""

    def move(self, to: str, *, told: Callable[[int], None]) -> AuditReport:
        """Copies the journal to the URL of a database, or to "file"; checks both sides.

        Args:
            to: where to.
            told: hears how many events are there.
        """
        ...

    def reopen(self) -> bool:
        """Lets the journal take events where it is; returns whether it was moved away."""
        ...
