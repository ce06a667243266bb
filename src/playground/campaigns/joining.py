"""Work on a campaign's findings beside its sessions, as somebody's `improve` does it.

Whoever does it claims the finding like a session, so that nothing is asked of an engine or of a
person twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from playground.campaigns.opening import prefix_of
from playground.campaigns.recording import record, refresh
from playground.campaigns.state import Campaign, Stage, Work
from playground.campaigns.working import rest_of
from playground.domain.advice import command
from playground.domain.campaigns import (
    Estimate,
    Item,
    ItemClaimed,
    ItemReleased,
    ItemSettled,
    Presence,
    Records,
)
from playground.domain.runs import Run
from playground.domain.tasks import Task

_LEASE_S = 900.0
"""One run, with all its answers, takes less; a process that dies is noticed at once."""


class Joining:
    """A place beside the unfinished campaign of a repository, if it has one.

    Args:
        records: the journal.
        root: the repository.
        now: gives seconds since the epoch, for events.
    """

    def __init__(
        self, records: Records, *, root: str, now: Callable[[], float] = time.time
    ) -> None:
        self._records = records
        self._root = root
        self._now = now
        self._campaign: Campaign | None = None
        self._me: Presence | None = None
        self._held: int | None = None

    def take(self, task: Task) -> str:
        """Claims the campaign's item of this task, where there is one.

        Returns:
            Why the task is not to be worked on, "" when it is.
        """
        campaign, wanted = self._unfinished(), _item_of(task)
        if campaign is None or wanted is None:
            return ""
        if self._is_busy(campaign, wanted):
            status = command("campaign", "status")
            return f"the campaign that is running here is at these lines ({status})"
        works = (campaign.works[n] for n in campaign.by_path.get(wanted.region.path, ()))
        work = next((w for w in works if _is_same(w.item, wanted)), None)
        if work is None or not self._is_free(work):
            return ""

        def claim() -> ItemClaimed | None:
            if campaign.ended or not self._is_free(work) or self._is_busy(campaign, wanted):
                return None
            return ItemClaimed(work.item.number, self._presence().id, _LEASE_S, self._now())

        if record(campaign, records=self._records, make=claim):
            self._held = work.item.number
            return ""
        return self.take(task) if self._is_busy(campaign, wanted) else ""

    def settle(self, run: Run | None) -> None:
        """Tells the campaign what became of what was claimed; None where nothing did."""
        campaign, number = self._campaign, self._held
        if campaign is None or number is None:
            return
        self._held = None

        def settled() -> ItemSettled | ItemReleased | None:
            work, me = campaign.works[number], self._presence().id
            if not work.is_claimed_by(me):
                return None
            if run is None or (run.waiting is None and run.ended is None):
                return ItemReleased(number, me, "it was not brought to rest", self._now())
            return rest_of(run, settled=work.run_id).settles(number, at=self._now())

        record(campaign, records=self._records, make=settled)

    def close(self) -> None:
        """Gives back what is held and says goodbye; may be called twice."""
        self.settle(None)
        if self._me is not None:
            self._me.close()
            self._me = None

    def _unfinished(self) -> Campaign | None:
        known = self._records.campaigns(prefix_of(self._root))
        if not known:
            return None
        if self._campaign is None or self._campaign.id != known[-1]:
            self._campaign = Campaign(known[-1])
        refresh(self._campaign, records=self._records)
        over = self._campaign.ended is not None or bool(self._campaign.pause)
        return None if over else self._campaign

    def _is_busy(self, campaign: Campaign, wanted: Item) -> bool:
        """Whether a living session works on lines of the item."""
        claimed = [w for w in campaign.at(Stage.CLAIMED) if w.item.overlaps(wanted)]
        return any(not self._is_dead(work) for work in claimed)

    def _is_free(self, work: Work) -> bool:
        return work.stage is Stage.PENDING or (work.stage is Stage.CLAIMED and self._is_dead(work))

    def _is_dead(self, work: Work) -> bool:
        return work.worker in self._presence().gone([work.worker])

    def _presence(self) -> Presence:
        if self._me is None:
            self._me = self._records.join()
        return self._me


def _item_of(task: Task) -> Item | None:
    finding, region = task.finding, task.region
    sha256 = task.files[0].sha256 if task.files else None
    if finding is None or region is None or sha256 is None:
        return None
    return Item(0, finding, region, sha256, Estimate(0, 0, 0))


def overlap(one: Task, other: Task) -> bool:
    """Whether both may touch a line; places in two versions of a file cannot be compared."""
    mine, theirs = _item_of(one), _item_of(other)
    return mine is not None and theirs is not None and mine.overlaps(theirs)


def _is_same(one: Item, other: Item) -> bool:
    return one.sha256 == other.sha256 and one.finding.fingerprint == other.finding.fingerprint
