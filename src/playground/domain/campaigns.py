"""Campaigns: many runs over a repository under one budget, as append-only events.

A campaign is its list of events, as a run is; what it knows of its runs is what was seen when a
run came to rest. `at` is seconds since the epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from playground.domain.costs import Cost, Usage
from playground.domain.findings import Finding
from playground.domain.ports import Journal
from playground.domain.tasks import Region

PREFIX = "campaign/"
"""What the id of every campaign begins with, and that of no run."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a campaign may use; reaching one pauses it with a reason.

    Attributes:
        tokens_max: prompt and completion tokens of all runs together, None for no bound.
        wall_s_max: seconds in which something was worked on, None for no bound.
        reviewer_s_max: seconds of a person's time, None for no bound.
        waiting_max: proposals that wait for a person at once, at most.
        rejected_share_max: more than this share of rejections pauses the campaign, in [0, 1].
        decisions_min: decisions before that share counts.
        parallel_max: runs that one process works on side by side.
    """

    tokens_max: int | None = None
    wall_s_max: float | None = None
    reviewer_s_max: float | None = None
    waiting_max: int = 50
    rejected_share_max: float = 0.5
    decisions_min: int = 8
    parallel_max: int = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """What working on something is expected to take.

    Attributes:
        tokens: prompt and completion tokens.
        seconds: wall seconds of one run.
        reviewer_s: seconds of a person's time.
        runs: recorded runs that it follows from; 0 for the stated defaults.
    """

    tokens: float
    seconds: float
    reviewer_s: float
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One finding of a campaign and the place that its run may touch.

    Attributes:
        number: unique in the campaign, in the order to be tried.
        finding: what to repair, in the version of the file below.
        region: what a change may touch.
        sha256: digest of the file that finding and region are true of.
        estimate: what it is expected to take.
    """

    number: int
    finding: Finding
    region: Region
    sha256: str
    estimate: Estimate

    def overlaps(self, other: Item) -> bool:
        """Whether both may touch a line; places in two versions of a file cannot be compared."""
        if self.region.path != other.region.path:
            return False
        if self.sha256 != other.sha256:
            return True
        mine, theirs = self.region, other.region
        return mine.start_line <= theirs.end_line and theirs.start_line <= mine.end_line


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A finding that is not worked on, and why."""

    tool: str
    rule: str
    path: str
    line: int
    reason: str


# ── events ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CampaignOpened:
    """A campaign began with this plan.

    Attributes:
        root: absolute path of the repository.
        paths: what was asked for below it, empty for all of it.
        named: files that the person named one by one.
        rules: rule ids or prefixes, empty for the whole profile.
        engine: configured name of the engine, "" for the default one.
    """

    root: str
    paths: tuple[str, ...]
    named: tuple[str, ...]
    rules: tuple[str, ...]
    engine: str
    bounds: Bounds
    items: tuple[Item, ...]
    left: tuple[LeftAlone, ...]
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class ItemClaimed:
    """A worker began to work on an item, or took it over from one that is gone.

    Attributes:
        lease_s: the claim holds for so long after the worker was seen last.
    """

    number: int
    worker: str
    lease_s: float
    at: float


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker lives and keeps its claims."""

    worker: str
    lease_s: float
    at: float


@dataclass(frozen=True, slots=True)
class ItemReleased:
    """A worker gave an item back; its run goes on where it was when it is claimed again."""

    number: int
    worker: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class ItemSettled:
    """An item's run came to rest.

    Attributes:
        run_id: the run.
        outcome: "proposed", an outcome of `RunEnded`, or "error".
        reason: one sentence, "" for a proposal.
        usage: tokens since the claim.
        cost: money since the claim.
        seconds: wall seconds since the claim; 0 when it was a person who ended the run.
    """

    number: int
    run_id: str
    outcome: str
    reason: str
    at: float
    usage: Usage = Usage()
    cost: Cost = Cost()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file is in another version than its items were planned in; None when it is gone."""

    path: str
    sha256: str | None
    at: float


@dataclass(frozen=True, slots=True)
class FileReplanned:
    """The open items of a file were looked for in its new version.

    Attributes:
        items: where they are now, under their old numbers.
        gone: numbers of those whose finding is no longer there.
    """

    path: str
    sha256: str
    items: tuple[Item, ...]
    gone: tuple[int, ...]
    at: float


@dataclass(frozen=True, slots=True)
class CampaignPaused:
    """Nothing new is begun until the campaign is resumed."""

    by: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class CampaignResumed:
    """The campaign goes on, within these bounds."""

    by: str
    bounds: Bounds
    at: float


@dataclass(frozen=True, slots=True)
class ReviewTaken:
    """A person looked at proposals.

    Attributes:
        run_ids: runs that were decided by this look, none for one that decided nothing.
        shown: proposals whose whole change was on the screen.
        seconds: the person's time.
    """

    run_ids: tuple[str, ...]
    shown: int
    seconds: float
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class CanaryJudged:
    """A person was shown a change that was made bad on purpose and that nothing can apply.

    Attributes:
        caught: whether they did not approve it.
        fault: what was done to it.
    """

    caught: bool
    fault: str
    seconds: float
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class CampaignEnded:
    """The campaign is over; `outcome` is "done" or "cancelled"."""

    outcome: str
    reason: str
    at: float


CampaignEvent = (
    CampaignOpened
    | ItemClaimed
    | WorkerSeen
    | ItemReleased
    | ItemSettled
    | FileSeen
    | FileReplanned
    | CampaignPaused
    | CampaignResumed
    | ReviewTaken
    | CanaryJudged
    | CampaignEnded
)


# ── the port ─────────────────────────────────────────────────────────────────────────────────


class Presence(Protocol):
    """A process that works on campaigns, as others see it."""

    @property
    def id(self) -> str:
        """Unique name of this worker."""
        ...

    def gone(self, workers: Collection[str]) -> frozenset[str]:
        """Returns those that are known to be dead; of the others only their silence tells."""
        ...

    def close(self) -> None:
        """Leaves; may be called twice."""
        ...


class CampaignJournal(Protocol):
    """Campaigns in the journal, in the same chain as the runs."""

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records the campaign's event number `seq` (from 0), as `Journal.append` does.

        Raises:
            Conflict: that number is taken, or `seq` is not the next one.
            BadInput: the id does not begin with `PREFIX`, or the first event opens nothing.
        """
        ...

    def campaign_events(self, campaign_id: str, *, start: int = 0) -> list[CampaignEvent]:
        """Returns the events from number `start` on, in order; none for an unknown id."""
        ...

    def campaigns(self, prefix: str = PREFIX) -> list[str]:
        """Returns the ids that begin with `prefix`, sorted."""
        ...

    def join(self) -> Presence:
        """Makes this process known to the others until it leaves or dies."""
        ...


class Records(Journal, CampaignJournal, Protocol):
    """A journal of runs and campaigns."""
