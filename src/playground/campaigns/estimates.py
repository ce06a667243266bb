"""What work is expected to take: from recorded runs where there are any, else stated defaults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from playground.campaigns.state import Campaign, Stage, Work
from playground.domain.campaigns import CampaignEvent, Estimate, ReviewTaken
from playground.domain.findings import Finding
from playground.domain.runs import Run

BY_TOOL = Estimate(tokens=0, seconds=2.0, reviewer_s=15.0)
"""Where nothing is recorded: a finding that its analyzer can fix."""

BY_MODEL = Estimate(tokens=2_500, seconds=30.0, reviewer_s=40.0)
"""Where nothing is recorded: a finding that the engine has to repair."""

_RUNS_MIN = 3
_RUNS_OF_A_RULE = 50


@dataclass(frozen=True, slots=True)
class History:
    """What recorded runs took, by rule and by whether the analyzer had a fix."""

    by_rule: dict[tuple[str, bool], Estimate]
    by_fix: dict[bool, Estimate]

    def of(self, finding: Finding) -> Estimate:
        """Returns the estimate for a finding: of its rule, of its kind, or the default."""
        fix = finding.fix is not None
        known = self.by_rule.get((finding.rule, fix)) or self.by_fix.get(fix)
        return known or (BY_TOOL if fix else BY_MODEL)


def history_of(runs: Iterable[Run], *, reviews: Iterable[CampaignEvent] = ()) -> History:
    """Returns what these runs took; only those that ended or wait for a person count.

    Args:
        runs: oldest first; the newest of a rule count.
        reviews: events of campaigns, for the time that persons took.
    """
    rules: defaultdict[tuple[str, bool], list[Run]] = defaultdict(list)
    kinds: defaultdict[bool, list[Run]] = defaultdict(list)
    for run in runs:
        finding = run.task.finding
        if finding is None or (run.ended is None and run.waiting is None):
            continue
        rules[finding.rule, finding.fix is not None].append(run)
        kinds[finding.fix is not None].append(run)
    looked = _seconds_per_decision(reviews)
    return History(
        {key: _mean(group, looked, fix=key[1]) for key, group in rules.items() if _counts(group)},
        {key: _mean(group, looked, fix=key) for key, group in kinds.items() if _counts(group)},
    )


def _counts(runs: Sequence[Run]) -> bool:
    return len(runs) >= _RUNS_MIN


def _mean(runs: Sequence[Run], looked_s: float | None, *, fix: bool) -> Estimate:
    newest = runs[-_RUNS_OF_A_RULE:]
    default = BY_TOOL if fix else BY_MODEL
    return Estimate(
        tokens=round(mean(run.usage.total for run in newest), 1),
        seconds=round(mean(run.seconds for run in newest), 3),
        reviewer_s=default.reviewer_s if looked_s is None else round(looked_s, 1),
        runs=len(newest),
    )


def _seconds_per_decision(reviews: Iterable[CampaignEvent]) -> float | None:
    taken = [event for event in reviews if isinstance(event, ReviewTaken) and event.run_ids]
    decided = sum(len(event.run_ids) for event in taken)
    return sum(event.seconds for event in taken) / decided if decided else None


def total(estimates: Iterable[Estimate]) -> Estimate:
    """Returns the sum; `runs` is the most that one of them follows from."""
    every = list(estimates)
    return Estimate(
        tokens=sum(e.tokens for e in every),
        seconds=sum(e.seconds for e in every),
        reviewer_s=sum(e.reviewer_s for e in every),
        runs=max((e.runs for e in every), default=0),
    )


def remaining_s(campaign: Campaign) -> float | None:
    """Returns the wall seconds until every item was worked on; None when nothing is left.

    What an item is expected to take is corrected by what the settled ones took beside their own
    estimates, and divided by how many were worked on side by side so far.
    """
    left = [*campaign.at(Stage.PENDING), *campaign.at(Stage.CLAIMED)]
    if not left:
        return None
    settled = [work for work in campaign.works.values() if work.run_id and work.seconds > 0]
    expected = sum(work.item.estimate.seconds for work in left)
    side_by_side = float(campaign.bounds.parallel_max)
    if settled:
        took = sum(work.seconds for work in settled)
        planned = sum(work.item.estimate.seconds for work in settled)
        expected *= _correction(took, planned, len(settled))
        if campaign.wall_s > 0:
            side_by_side = min(max(took / campaign.wall_s, 0.5), side_by_side)
    return max(0.0, expected - _under_way_s(campaign)) / side_by_side


def _correction(took_s: float, planned_s: float, count: int) -> float:
    """Returns by how much estimates are wrong; the estimate itself counts as half a result."""
    if planned_s <= 0:
        return 1.0
    weight = count / (count + 0.5)
    return weight * (took_s / planned_s) + (1 - weight)


def _under_way_s(campaign: Campaign) -> float:
    """Half of what is being worked on is done, on average."""
    claimed: Iterable[Work] = campaign.at(Stage.CLAIMED)
    return sum(work.item.estimate.seconds for work in claimed) / 2
