"""What a campaign needs next: one pure function over what its events add up to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from playground.campaigns.state import Campaign, Stage, Work

SETTLED = "Every finding of the plan is settled."


class Why(StrEnum):
    """What has to happen before something can be begun."""

    WORK = "runs are being worked on"
    PERSON = "proposals wait for a person"
    PAUSED = "it is paused"
    ENDED = "it is over"


@dataclass(frozen=True, slots=True)
class Claim:
    """Work on an item; the run of one that was taken over goes on where it was."""

    number: int


@dataclass(frozen=True, slots=True)
class Carry:
    """Carry a waiting proposal over to the new version of its file."""

    number: int


@dataclass(frozen=True, slots=True)
class Replan:
    """Look for the open items of a file in its new version."""

    path: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A bound was reached."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Every item is settled."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing can be begun now."""

    why: Why


Move = Claim | Carry | Replan | Pause | Finish | Hold


def next_move(campaign: Campaign, *, worker: str, gone: Collection[str] = ()) -> Move:
    """Returns what this worker should do next.

    Args:
        campaign: what is recorded.
        worker: who asks.
        gone: workers that are dead or have been silent for a lease.
    """
    if campaign.ended is not None:
        return Hold(Why.ENDED)
    if campaign.pause:
        return Hold(Why.PAUSED)
    if campaign.outdated:
        return Replan(next(iter(campaign.outdated)))
    if reason := _stop_rule(campaign):
        return Pause(reason)
    room = len(campaign.claims_of(worker)) < campaign.bounds.parallel_max
    orphans = _left_behind(campaign, by={*gone} - {worker})
    if room and orphans:
        return _carry_on(orphans[0])
    if reason := _budget(campaign):
        return Hold(Why.WORK) if campaign.count(Stage.CLAIMED) else Pause(reason)
    if not room:
        return Hold(Why.WORK)
    return _to_carry(campaign) or _begin(campaign)


def next_follow_up(campaign: Campaign, *, only: Collection[int] = ()) -> Replan | Carry | None:
    """Returns what earlier decisions of a person make necessary, None when nothing is.

    It begins no item, so it is done in a pause and after the end too.

    Args:
        campaign: what is recorded.
        only: numbers of the items whose proposals are carried over, empty for all.
    """
    if campaign.outdated:
        return Replan(next(iter(campaign.outdated)))
    return _to_carry(campaign, only)


def _to_carry(campaign: Campaign, only: Collection[int] = ()) -> Carry | None:
    for number in campaign.stale:
        work = campaign.works[number]
        if only and number not in only:
            continue
        if work.gone or not campaign.is_held_up(work):
            return Carry(number)
    return None


def _begin(campaign: Campaign) -> Move:
    """Returns the first pending item that nothing stands in the way of."""
    claimed, waiting = campaign.count(Stage.CLAIMED), campaign.count(Stage.WAITING)
    if campaign.is_settled:
        return Finish(SETTLED)
    for work in campaign.at(Stage.PENDING):
        if not _has_room(campaign, work):
            break
        if not campaign.is_held_up(work):
            return Claim(work.item.number)
    if not claimed and not waiting:  # nothing that anybody does would make room
        return Pause(f"{_review_budget(campaign)} has no room for another proposal.")
    return Hold(Why.WORK if claimed else Why.PERSON)


def _left_behind(campaign: Campaign, *, by: Collection[str]) -> list[Work]:
    """Returns the items whose workers died or were not seen for too long."""
    return [work for work in campaign.at(Stage.CLAIMED) if work.worker in by]


def _carry_on(work: Work) -> Claim | Carry:
    """Returns what the worker that claimed the item was about to do."""
    carried = work.outcome == "proposed"
    return Carry(work.item.number) if carried else Claim(work.item.number)


def _stop_rule(campaign: Campaign) -> str:
    bounds, share = campaign.bounds, campaign.rejected_share
    if len(campaign.verdicts) < bounds.decisions_min or share <= bounds.rejected_share_max:
        return ""
    return (
        f"{share:.0%} of {len(campaign.verdicts)} proposals were rejected, and "
        f"{bounds.rejected_share_max:.0%} is the limit."
    )


def _budget(campaign: Campaign) -> str:
    """Returns which budget is used up, "" while none is; expected work counts."""
    bounds = campaign.bounds
    if not campaign.count(Stage.PENDING):
        return ""
    coming = next(campaign.at(Stage.PENDING)).item.estimate
    running = [work.item.estimate for work in campaign.at(Stage.CLAIMED)]
    tokens = campaign.spent.total + sum(e.tokens for e in running) + coming.tokens
    if bounds.tokens_max is not None and tokens > bounds.tokens_max:
        return f"The budget of {bounds.tokens_max:,} tokens has no room for another run."
    if bounds.wall_s_max is not None and campaign.wall_s >= bounds.wall_s_max:
        return f"The budget of {bounds.wall_s_max / 60:g} minutes of work is used up."
    if bounds.reviewer_s_max is not None and campaign.reviewer_s >= bounds.reviewer_s_max:
        return f"{_review_budget(campaign)} is used up."
    return ""


def _review_budget(campaign: Campaign) -> str:
    return f"The budget of {(campaign.bounds.reviewer_s_max or 0) / 60:g} minutes of review"


def _has_room(campaign: Campaign, work: Work) -> bool:
    """Whether a person has time for one more proposal."""
    bounds = campaign.bounds
    if campaign.count(Stage.CLAIMED) + campaign.count(Stage.WAITING) >= bounds.waiting_max:
        return False
    if bounds.reviewer_s_max is None:
        return True
    unseen = [*campaign.at(Stage.CLAIMED), *campaign.at(Stage.WAITING)]
    ahead = sum(w.item.estimate.reviewer_s for w in unseen) + work.item.estimate.reviewer_s
    return campaign.reviewer_s + ahead <= bounds.reviewer_s_max
