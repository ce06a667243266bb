from __future__ import annotations

from dataclasses import replace

import pytest

from playground.campaigns.estimates import BY_MODEL, BY_TOOL, history_of, remaining_s
from playground.campaigns.state import Campaign
from playground.domain.campaigns import (
    Bounds,
    CampaignOpened,
    Estimate,
    Item,
    ItemClaimed,
    ItemSettled,
    ReviewTaken,
)
from playground.domain.events import MemoryRecalled, RunEnded, TaskOpened
from playground.domain.findings import Finding, Severity, Span, ToolFix
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Region, Task, TaskKind

FINDING = Finding("ruff", "B006", "m", "a.py", Span(1, 1, 1, 2), Severity.ERROR)


def ended(seconds: float, *, rule: str = "B006") -> Run:
    task = Task("/r", TaskKind.REPAIR, "g", (), finding=replace(FINDING, rule=rule))
    work = MemoryRecalled((), seconds=seconds)
    return Run("r", (TaskOpened(task, Policy()), work, RunEnded("gave_up", "")))


def test_defaults_are_stated_until_something_is_recorded() -> None:
    assert history_of([]).of(FINDING) == BY_MODEL
    assert history_of([]).of(replace(FINDING, fix=ToolFix("safe", "m", ()))) == BY_TOOL
    assert BY_MODEL.runs == 0


def test_a_rule_counts_before_all_and_all_before_defaults() -> None:
    runs = [ended(10.0)] * 3 + [ended(100.0, rule="X")] * 2
    known = history_of(runs)
    assert known.of(FINDING).seconds == 10.0
    assert known.of(replace(FINDING, rule="X")).seconds == pytest.approx(46.0)
    assert known.of(FINDING).runs == 3


def test_the_time_of_persons_comes_from_their_reviews() -> None:
    looks = [ReviewTaken(("a", "b"), 2, 30.0, "ada", 1.0), ReviewTaken((), 1, 6.0, "ada", 1.0)]
    assert history_of([ended(1.0)] * 3, reviews=looks).of(FINDING).reviewer_s == 15.0


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("parallel", [1, 2])
def test_the_remaining_time_is_believable(factor: float, parallel: int) -> None:
    """A tenth into the work the rest is told within a third, however wrong the estimates were."""
    count, planned_s = 40, 10.0
    region = Region("a.py", 1, 2, "", "function")
    items = tuple(
        Item(n, FINDING, region, "0", Estimate(0, planned_s, 0)) for n in range(1, count + 1)
    )
    campaign = Campaign("campaign/x")
    bounds = Bounds(parallel_max=parallel)
    campaign.apply(CampaignOpened("/r", (), (), (), "", bounds, items, (), "ada", at=0.001))
    assert remaining_s(campaign) == pytest.approx(count * planned_s / parallel)
    took = planned_s * factor
    now = 0.0
    for first in range(1, count + 1, parallel):
        numbers = range(first, first + parallel)
        for number in numbers:
            campaign.apply(ItemClaimed(number, "ada", 1_000.0, now))
        now += took
        for number in numbers:
            campaign.apply(ItemSettled(number, "r", "gave_up", "", now, seconds=took))
        done = first + parallel - 1
        left = remaining_s(campaign)
        true = (count - done) * took / parallel
        if 4 <= done < count:
            assert left == pytest.approx(true, rel=0.34)
    assert remaining_s(campaign) is None
