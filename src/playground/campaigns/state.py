"""What a campaign's events add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from playground.domain.campaigns import (
    Bounds,
    CampaignEnded,
    CampaignEvent,
    CampaignOpened,
    CampaignPaused,
    CampaignResumed,
    CanaryJudged,
    FileReplanned,
    FileSeen,
    Item,
    ItemClaimed,
    ItemReleased,
    ItemSettled,
    ReviewTaken,
    WorkerSeen,
)
from playground.domain.costs import Cost, Usage

AGAIN = frozenset({"stale", "unavailable"})
"""Outcomes after which an item is begun anew: its file has changed, or no engine could be asked."""

TRIES_MAX = 5
"""How often an item is begun anew before it counts as failed."""

GONE = "Another change took the finding away."

_DECIDED = frozenset({"applied", "rejected"})


class Stage(StrEnum):
    """Where an item is."""

    PENDING = "pending"
    CLAIMED = "claimed"
    WAITING = "waiting"
    DONE = "done"


@dataclass(slots=True)
class Work:
    """An item and what became of it so far.

    Attributes:
        item: as it was planned last.
        base: version of its file that the newest proposal was made for.
        claimed: version of its file when it was claimed.
        begun: how many runs it had; with the campaign and the number it names the next one.
        lapses: how often its file changed or no engine could be asked.
        run_id: the newest run that came to rest, "" before the first.
        outcome: of that run.
        gone: whether its finding is no longer there.
    """

    item: Item
    base: str
    claimed: str = ""
    stage: Stage = Stage.PENDING
    worker: str = ""
    begun: int = 0
    run_id: str = ""
    outcome: str = ""
    reason: str = ""
    usage: Usage = Usage()
    cost: Cost = Cost()
    seconds: float = 0.0
    gone: bool = False
    lapses: int = 0

    @property
    def is_stale(self) -> bool:
        """Whether a proposal waits that was made for another version of its file."""
        return self.stage is Stage.WAITING and (self.gone or self.base != self.item.sha256)

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.stage is not Stage.DONE

    @property
    def holds_its_place(self) -> bool:
        """Whether no other run may touch its lines now."""
        return self.stage is Stage.CLAIMED or (self.stage is Stage.WAITING and not self.is_stale)

    def is_claimed_by(self, worker: str) -> bool:
        """Whether this worker is at it."""
        return self.stage is Stage.CLAIMED and self.worker == worker


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life.

    Attributes:
        number: of the event after it.
        lease_s: claims hold for so long without another one.
    """

    number: int
    lease_s: float


@dataclass(slots=True)
class Campaign:
    """A campaign after some of its events; only `apply` changes it.

    Attributes:
        seq: number of the next event.
        works: by item number.
        versions: digests of files that are known to differ from what was planned at first.
        stale: numbers of items whose proposals were made for another version of their file.
        outdated: files whose open items have to be looked for in a new version.
        signs: the newest sign of life of each worker.
        spent: tokens of all runs.
        cost: their money.
        wall_s: seconds in which something was worked on.
        reviewer_s: seconds that persons spent.
        verdicts: decisions since the start or the last resume, True for a rejection.
        pause: why nothing is begun, "" when work goes on.
        paused_by: the person who paused it, "" when it was a bound.
    """

    id: str
    seq: int = 0
    opened: CampaignOpened | None = None
    bounds: Bounds = field(default_factory=Bounds)
    works: dict[int, Work] = field(default_factory=dict[int, Work])
    versions: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    signs: dict[str, Sign] = field(default_factory=dict[str, "Sign"])
    spent: Usage = Usage()
    cost: Cost = Cost()
    wall_s: float = 0.0
    reviewer_s: float = 0.0
    reviewed: int = 0
    verdicts: list[bool] = field(default_factory=list[bool])
    canaries_shown: int = 0
    canaries_caught: int = 0
    pause: str = ""
    paused_by: str = ""
    ended: CampaignEnded | None = None
    by_path: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    staged: dict[Stage, dict[int, None]] = field(
        default_factory=lambda: {stage: dict[int, None]() for stage in Stage}
    )
    outdated: dict[str, None] = field(default_factory=dict[str, None])
    stale: dict[int, None] = field(default_factory=dict[int, None])
    last_at: float = 0.0

    @property
    def plan(self) -> CampaignOpened:
        """The first event.

        Raises:
            LookupError: there is none.
        """
        if self.opened is None:
            raise LookupError(f"{self.id} has no events")
        return self.opened

    def at(self, stage: Stage) -> Iterator[Work]:
        """Yields the items at this stage; pending ones in the order to be tried."""
        return (self.works[number] for number in self.staged[stage])

    def count(self, stage: Stage) -> int:
        """Returns how many items are at this stage."""
        return len(self.staged[stage])

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to work on or to decide."""
        return self.count(Stage.DONE) == len(self.works)

    def beside(self, work: Work) -> Iterator[Work]:
        """Yields the other items of the same file."""
        numbers = self.by_path[work.item.region.path]
        return (self.works[n] for n in numbers if n != work.item.number)

    def is_held_up(self, work: Work) -> bool:
        """Whether another run holds lines that this item may touch."""
        return any(w.holds_its_place and w.item.overlaps(work.item) for w in self.beside(work))

    def claims_of(self, worker: str) -> list[Work]:
        """Returns the items that a worker has claimed."""
        return [work for work in self.at(Stage.CLAIMED) if work.worker == worker]

    @property
    def rejected_share(self) -> float:
        """Share of rejections among the decisions that count, 0 without any."""
        return sum(self.verdicts) / len(self.verdicts) if self.verdicts else 0.0

    def apply(self, event: CampaignEvent) -> None:
        """Takes the next event into account."""
        self._pass_time(event.at)
        self.seq += 1
        match event:
            case CampaignOpened():
                self._open(event)
            case ItemClaimed() | ItemReleased() | ItemSettled() | WorkerSeen():
                self._work(event)
            case FileSeen(path=path, sha256=sha256):
                self.versions[path] = sha256
                self._compare(path)
            case FileReplanned():
                self._replan(event)
            case CampaignPaused(reason=reason, by=by):
                self.pause, self.paused_by = reason, by
            case CampaignResumed(bounds=bounds):
                self.pause, self.bounds = "", bounds
                self.verdicts.clear()
            case ReviewTaken(seconds=seconds, run_ids=run_ids):
                self.reviewer_s += seconds
                self.reviewed += len(run_ids)
            case CanaryJudged(caught=caught, seconds=seconds):
                self.reviewer_s += seconds
                self.canaries_shown += 1
                self.canaries_caught += caught
            case CampaignEnded():
                self.ended = event
            case _:
                assert_never(event)

    def _pass_time(self, at: float) -> None:
        """Counts the time since the event before, as long as a lease, if something was claimed.

        A clock that was set by more than a lease counts as one at most, and nothing twice.
        """
        longest = max((sign.lease_s for sign in self.signs.values()), default=0.0)
        apart = at - self.last_at
        if self.staged[Stage.CLAIMED] and self.last_at:
            self.wall_s += max(0.0, min(apart, longest))
        if apart > 0 or apart < -longest:
            self.last_at = at

    def _open(self, event: CampaignOpened) -> None:
        self.opened, self.bounds = event, event.bounds
        for item in event.items:
            self.works[item.number] = Work(item, item.sha256)
            self.by_path[item.region.path].append(item.number)
            self.staged[Stage.PENDING][item.number] = None

    def _work(self, event: ItemClaimed | ItemReleased | ItemSettled | WorkerSeen) -> None:
        match event:
            case ItemClaimed(number=number, worker=worker):
                work = self.works[number]
                work.worker, work.claimed = worker, work.item.sha256
                self._stage(work, Stage.CLAIMED)
                self.signs[worker] = Sign(self.seq, event.lease_s)
            case WorkerSeen(worker=worker):
                self.signs[worker] = Sign(self.seq, event.lease_s)
            case ItemReleased(number=number):
                work = self.works[number]
                if work.stage is Stage.CLAIMED and work.worker == event.worker:
                    proposed = work.outcome == "proposed"
                    self._stage(work, Stage.WAITING if proposed else Stage.PENDING)
            case ItemSettled():
                self._settle(self.works[event.number], event)

    def _settle(self, work: Work, event: ItemSettled) -> None:
        if work.run_id and work.run_id != event.run_id:
            work.begun += 1
        work.run_id, work.outcome, work.reason = event.run_id, event.outcome, event.reason
        work.usage += event.usage
        work.cost += event.cost
        work.seconds += event.seconds
        self.spent += event.usage
        self.cost += event.cost
        if event.outcome in _DECIDED and work.stage is Stage.WAITING:
            self.verdicts.append(event.outcome == "rejected")
        if event.outcome == "proposed":
            work.base = work.claimed or work.base
            self._stage(work, Stage.WAITING)
        elif event.outcome in AGAIN and work.lapses + 1 < TRIES_MAX:
            work.lapses += 1
            work.begun += 1
            self._stage(work, Stage.PENDING)
        else:
            self._stage(work, Stage.DONE)

    def _stage(self, work: Work, stage: Stage) -> None:
        del self.staged[work.stage][work.item.number]
        work.stage = stage
        self.staged[stage][work.item.number] = None
        self._compare(work.item.region.path)

    def _compare(self, path: str) -> None:
        """Notes whether open items of a file are planned in another version than it has."""
        version = self.versions.get(path)
        works = [self.works[number] for number in self.by_path.get(path, ())]
        for work in works:
            if work.is_stale:
                self.stale[work.item.number] = None
            else:
                self.stale.pop(work.item.number, None)
        resting = (w for w in works if w.stage in {Stage.PENDING, Stage.WAITING})
        if version is not None and any(
            work.item.sha256 != version and not work.gone for work in resting
        ):
            self.outdated[path] = None
        else:
            self.outdated.pop(path, None)

    def _replan(self, event: FileReplanned) -> None:
        self.versions[event.path] = event.sha256
        for item in event.items:
            self.works[item.number].item = item
        for number in event.gone:
            work = self.works[number]
            work.gone = True
            if work.stage is Stage.PENDING:
                work.outcome, work.reason = "gone", GONE
                self._stage(work, Stage.DONE)
        self._compare(event.path)


def folded(campaign_id: str, events: Iterable[CampaignEvent]) -> Campaign:
    """Returns the campaign that these events make."""
    campaign = Campaign(campaign_id)
    for event in events:
        campaign.apply(event)
    return campaign
