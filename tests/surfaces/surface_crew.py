"""Workers and places of journals for tests of the commands."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from playground.domain.audits import AuditReport
from playground.domain.errors import BadInput
from playground.domain.ports import Submitting
from playground.domain.runs import Run
from playground.queues.crew import Shift


class FakeCrew:
    """Workers that are there at once: what is handed out is done by the desk itself.

    Attributes:
        handed: how often runs were handed out.
        missing: why nothing can be handed out, "" if it can.
        shifts: what workers were told.
        runs: what a worker brings to rest.
    """

    def __init__(self) -> None:
        self.handed = 0
        self.missing = ""
        self.shifts: list[Shift] = []
        self.runs: list[Run] = []

    @contextmanager
    def handing_out(
        self, desk: Submitting, *, tell: Callable[[str], None]
    ) -> Generator[Submitting]:
        if self.missing:
            raise BadInput(self.missing)
        self.handed += 1
        tell("Nobody takes them.")
        yield desk

    def serve(self, shift: Shift) -> None:
        self.shifts.append(shift)
        for run in self.runs:
            shift.done(run)


class FakePlaces:
    def __init__(self) -> None:
        self.moved: list[str] = []

    def move(self, to: str, *, told: Callable[[int], None]) -> AuditReport:
        self.moved.append(to)
        told(3)
        return AuditReport(3, 1, "h" * 64, ())

    def reopen(self) -> bool:
        was_moved, self.moved = bool(self.moved), []
        return was_moved
