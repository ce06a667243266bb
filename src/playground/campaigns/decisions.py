"""Decisions on a campaign's proposals, wherever they were taken."""

from __future__ import annotations

from dataclasses import dataclass

from playground.campaigns.opening import prefix_of
from playground.campaigns.recording import record
from playground.campaigns.state import Campaign, Stage, Work, folded
from playground.campaigns.working import Parts, Rest, rest_of, successor
from playground.domain.campaigns import ItemSettled, Records
from playground.domain.events import ChangeApplied, ChangeUndone, FileWritten, RunEnded
from playground.domain.recording import Follower
from playground.domain.runs import Run


@dataclass(frozen=True, slots=True)
class Decided:
    """A waiting proposal that was decided, and what that wrote."""

    work: Work
    rest: Rest
    files: tuple[FileWritten, ...]


class Decisions:
    """Finds out which waiting proposals were decided, wherever that was done."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._follower = Follower(parts.journal)
        self._ended: set[str] = set()
        self._seen: set[str] = set()

    def since(self, campaign: Campaign) -> list[Decided]:
        """Returns what is not recorded in the campaign yet."""
        news = self._follower.news()
        self._ended.update(r.run_id for r in news if isinstance(r.event, RunEnded))
        waiting = [w for w in campaign.at(Stage.WAITING) if self._may_have_ended(w)]
        self._seen.update(work.run_id for work in waiting)
        runs = [(work, self._parts.journal.load(work.run_id)) for work in waiting]
        return [
            Decided(work, rest_of(run, settled=run.id), _written(run))
            for work, run in runs
            if run.ended is not None and not self._is_under_way(campaign, work, run.ended)
        ]

    def _is_under_way(self, campaign: Campaign, work: Work, ended: RunEnded) -> bool:
        """Whether it ended because it was carried over, which has yet to be brought to its end."""
        if ended.outcome != "stale" or not work.is_stale:
            return False
        return successor(work, campaign_id=campaign.id, records=self._parts.journal) is not None

    def _may_have_ended(self, work: Work) -> bool:
        """Whether it ended since, or before it was seen waiting for the first time."""
        return work.run_id in self._ended or work.run_id not in self._seen


def note_undone(run: Run, *, records: Records, at: float) -> None:
    """Tells the campaign that a change of it was taken back, if it was a campaign's.

    Args:
        run: whose change was taken back.
        records: the journal.
        at: seconds since the epoch.
    """
    for campaign_id in reversed(records.campaigns(prefix_of(run.task.root))):
        campaign = folded(campaign_id, records.campaign_events(campaign_id))
        found = (w.item.number for w in campaign.works.values() if w.run_id == run.id)
        number = next(found, None)
        if number is None:
            continue

        def settled(campaign: Campaign = campaign, number: int = number) -> ItemSettled | None:
            is_news = campaign.works[number].outcome == "applied"
            return rest_of(run, settled=run.id).settles(number, at=at) if is_news else None

        record(campaign, records=records, make=settled)
        return


def _written(run: Run) -> tuple[FileWritten, ...]:
    """Returns the newest writes of a run."""
    for event in reversed(run.events):
        if isinstance(event, ChangeApplied | ChangeUndone):
            return event.files
    return ()
