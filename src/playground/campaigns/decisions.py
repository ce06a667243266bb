"""Decisions on a campaign's proposals, wherever they were taken."""

from __future__ import annotations

from dataclasses import dataclass

from playground.campaigns.state import Campaign, Stage, Work
from playground.campaigns.working import Parts, Rest, rest_of
from playground.domain.events import ChangeApplied, ChangeUndone, FileWritten, RunEnded
from playground.domain.runs import Run


@dataclass(frozen=True, slots=True)
class Decided:
    """A waiting proposal that was decided, and what that wrote."""

    work: Work
    rest: Rest
    files: tuple[FileWritten, ...]


class Decisions:
    """Finds out which waiting proposals were decided, wherever that was done."""

    def __init__(self, parts: Parts, *, since: float) -> None:
        self._parts = parts
        self._since = since
        self._position = 0
        self._ended: set[str] = set()
        self._checked = False

    def since(self, campaign: Campaign) -> list[Decided]:
        """Returns what is not recorded in the campaign yet."""
        tail = self._parts.journal.tail(after=self._position, since=self._since)
        for position, record in tail:
            self._position = position
            if isinstance(record.event, RunEnded):
                self._ended.add(record.run_id)
        waiting = [w for w in campaign.at(Stage.WAITING) if self._may_have_ended(w)]
        self._checked = True
        runs = [(work, self._parts.journal.load(work.run_id)) for work in waiting]
        return [Decided(w, rest_of(r, settled=r.id), _written(r)) for w, r in runs if r.ended]

    def _may_have_ended(self, work: Work) -> bool:
        return work.run_id in self._ended or not self._checked


def _written(run: Run) -> tuple[FileWritten, ...]:
    """Returns the newest writes of a run."""
    for event in reversed(run.events):
        if isinstance(event, ChangeApplied | ChangeUndone):
            return event.files
    return ()
