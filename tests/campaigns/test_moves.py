"""The planner under any course of events: nothing overlaps, nothing is lost, all ends."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.campaigns.moves import (
    Carry,
    Claim,
    Finish,
    Hold,
    Move,
    Pause,
    Replan,
    Why,
    next_follow_up,
    next_move,
)
from playground.campaigns.silence import Silence
from playground.campaigns.state import Campaign, Stage, folded
from playground.campaigns.working import run_id_for
from playground.domain.campaigns import (
    Bounds,
    CampaignEnded,
    CampaignEvent,
    CampaignOpened,
    CampaignPaused,
    CampaignResumed,
    Estimate,
    FileReplanned,
    FileSeen,
    Item,
    ItemClaimed,
    ItemReleased,
    ItemSettled,
    ReviewTaken,
    WorkerSeen,
)
from playground.domain.costs import Usage
from playground.domain.findings import Finding, Severity, Span
from playground.domain.tasks import Region

LEASE_S = 10.0
WORKERS = ("ada", "bob", "eve")


def item(number: int, *, path: str = "a.py", first: int = 1, last: int = 5, sha: str = "0") -> Item:
    finding = Finding("ruff", "B006", "m", path, Span(first, 1, first, 2), Severity.ERROR)
    return Item(number, finding, Region(path, first, last, "", "function"), sha, ESTIMATE)


ESTIMATE = Estimate(100, 10, 20)


def opened(*items: Item, bounds: Bounds | None = None) -> CampaignOpened:
    return CampaignOpened("/r", (), (), (), "", bounds or Bounds(), items, (), "ada", 1.0)


def settled(number: int, outcome: str, *, run_id: str = "r", tokens: int = 50) -> ItemSettled:
    return ItemSettled(number, run_id, outcome, "", 3.0, Usage(tokens), seconds=1.0)


def claimed(number: int, worker: str = "ada", *, at: float = 2.0) -> ItemClaimed:
    return ItemClaimed(number, worker, LEASE_S, at)


def move_of(*events: CampaignEvent, worker: str = "ada") -> Move:
    return next_move(folded("campaign/x", events), worker=worker)


@dataclass
class Course:
    """Several workers and a person, with chance as their only plan."""

    seed: int
    now: float = 10.0
    version: int = 0
    events: list[CampaignEvent] = field(default_factory=list[CampaignEvent])
    runs: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.silence = Silence(lambda: self.now)
        count = self.chance.randint(1, 8)
        items: list[Item] = []
        for number in range(1, count + 1):
            first = self.chance.randint(1, 12)
            path = self.chance.choice(("a.py", "b.py"))
            items.append(item(number, path=path, first=first, last=first + 3))
        bounds = Bounds(parallel_max=2, waiting_max=4, decisions_min=3)
        self.campaign = Campaign("campaign/x")
        self.record(opened(*items, bounds=bounds))

    def record(self, event: CampaignEvent) -> None:
        self.events.append(event)
        self.campaign.apply(event)
        self.check()

    def check(self) -> None:
        holding = [w for w in self.campaign.works.values() if w.holds_its_place]
        begun = [w for w in holding if w.stage is Stage.CLAIMED or not w.is_stale]
        for index, one in enumerate(begun):
            for other in begun[index + 1 :]:
                assert not self._clash(one.item, other.item), (one, other)
        counted = sum(self.campaign.count(stage) for stage in Stage)
        assert counted == len(self.campaign.works)

    @staticmethod
    def _clash(one: Item, other: Item) -> bool:
        same = one.region.path == other.region.path and one.sha256 == other.sha256
        return same and one.overlaps(other)

    def step(self) -> None:
        self.now += self.chance.choice((0.1, 1.0, LEASE_S * 1.5))
        act = self.chance.choice((self.work, self.work, self.work, self.settle, self.decide))
        act()

    def work(self) -> None:
        worker = self.chance.choice(WORKERS)
        gone = {w for w in WORKERS if w != worker and self.chance.random() < 0.2}
        silent = self.silence.of(self.campaign)
        match next_move(self.campaign, worker=worker, gone=gone | silent):
            case Claim(number=number) | Carry(number=number):
                self.record(claimed(number, worker, at=self.now))
            case Replan(path=path):
                self.replan(path)
            case Pause(reason=reason):
                self.record(CampaignPaused("", reason, self.now))
                self.record(CampaignResumed("ada", self.campaign.bounds, self.now))
            case Finish(reason=reason):
                self.record(CampaignEnded("done", reason, self.now))
            case Hold():
                pass

    def replan(self, path: str) -> None:
        version = self.campaign.versions[path]
        assert version is not None
        shift = self.chance.randint(0, 2)
        items: list[Item] = []
        gone: list[int] = []
        for number in self.campaign.by_path[path]:
            work = self.campaign.works[number]
            if work.stage is Stage.DONE:
                continue
            if self.chance.random() < 0.1:
                gone.append(number)
                continue
            region = work.item.region
            moved = replace(
                region, start_line=region.start_line + shift, end_line=region.end_line + shift
            )
            items.append(replace(work.item, region=moved, sha256=version))
        self.record(FileReplanned(path, version, tuple(items), tuple(gone), self.now))

    def settle(self) -> None:
        for work in list(self.campaign.at(Stage.CLAIMED))[:1]:
            outcome = self.chance.choice(
                ("proposed", "proposed", "gave_up", "stale", "unavailable")
            )
            if self.chance.random() < 0.1:
                self.record(ItemReleased(work.item.number, work.worker, "", self.now))
                return
            carried = work.outcome == "proposed"
            begun = work.begun + carried
            run_id = run_id_for("campaign/x", number=work.item.number, begun=begun)
            assert run_id not in self.runs or work.run_id != run_id
            self.runs.add(run_id)
            self.record(replace(settled(work.item.number, outcome, run_id=run_id), at=self.now))

    def decide(self) -> None:
        for work in list(self.campaign.at(Stage.WAITING))[:1]:
            outcome = self.chance.choice(("applied", "applied", "rejected"))
            if outcome == "applied" and work.is_stale:
                outcome = "stale"
            number, path = work.item.number, work.item.region.path
            self.record(replace(settled(number, outcome, run_id=work.run_id), at=self.now))
            if outcome == "applied":
                self.version += 1
                self.record(FileSeen(path, str(self.version), self.now))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_nothing_overlaps_and_all_ends(seed: int) -> None:
    course = Course(seed)
    for _ in range(400):
        if course.campaign.ended is not None:
            break
        course.step()
    assert course.campaign.ended is not None
    assert course.campaign.count(Stage.DONE) == len(course.campaign.works)
    again = folded("campaign/x", course.events)
    assert again == course.campaign


def test_items_are_begun_in_their_order_and_side_by_side() -> None:
    plan = opened(item(1), item(2, first=10, last=12), item(3, path="b.py"))
    assert move_of(plan) == Claim(1)
    assert move_of(plan, claimed(1)) == Claim(2)
    assert move_of(plan, claimed(1), claimed(2)) == Hold(Why.WORK)


def test_what_overlaps_waits_until_the_person_decided() -> None:
    plan = opened(item(1), item(2, first=3, last=9))
    assert move_of(plan, claimed(1)) == Hold(Why.WORK)
    proposed = (plan, claimed(1), settled(1, "proposed"))
    assert move_of(*proposed) == Hold(Why.PERSON)
    assert move_of(*proposed, settled(1, "rejected")) == Claim(2)
    assert move_of(*proposed, settled(1, "applied"), FileSeen("a.py", "1", 3.0)) == Replan("a.py")


def test_a_dead_workers_item_is_taken_over() -> None:
    plan = opened(item(1))
    assert move_of(plan, claimed(1), worker="bob") == Hold(Why.WORK)
    campaign = folded("campaign/x", [plan, claimed(1)])
    assert next_move(campaign, worker="bob", gone=["ada"]) == Claim(1)


def test_a_lease_is_timed_by_whoever_looks_and_not_by_clocks() -> None:
    elapsed = 0.0
    silence = Silence(lambda: elapsed)
    campaign = folded("campaign/x", [opened(item(1)), claimed(1, at=2.0)])
    assert silence.of(campaign) == frozenset()
    elapsed = LEASE_S - 1
    assert silence.of(campaign) == frozenset()
    campaign.apply(WorkerSeen("ada", LEASE_S, at=-7_200.0))  # its clock was set back
    elapsed = LEASE_S
    assert silence.of(campaign) == frozenset()
    elapsed = 2 * LEASE_S - 1
    assert silence.of(campaign) == frozenset()
    elapsed = 2 * LEASE_S
    assert silence.of(campaign) == {"ada"}


@pytest.mark.parametrize("jump", [7_200.0, -7_200.0])
def test_a_clock_that_is_set_costs_the_budget_no_more_than_a_lease(jump: float) -> None:
    campaign = folded("campaign/x", [opened(item(1)), claimed(1, at=10_000.0)])
    for at in (10_003.0, 10_004.0 + jump, 10_007.0 + jump):
        campaign.apply(WorkerSeen("ada", LEASE_S, at=at))
    known = 3.0 + 3.0
    assert known <= campaign.wall_s <= known + LEASE_S


def test_a_paused_or_ended_campaign_begins_nothing_but_carries_over() -> None:
    plan = opened(item(1), item(2, first=10, last=12), item(3, path="b.py"))
    waiting = (plan, claimed(1), settled(1, "proposed"), claimed(2), settled(2, "proposed"))
    moved = FileReplanned("a.py", "1", (item(2, first=11, last=13, sha="1"),), (), 3.0)
    applied = (*waiting, settled(1, "applied"), FileSeen("a.py", "1", 3.0), moved)
    paused = (*applied, CampaignPaused("ada", "lunch", 3.0))
    assert move_of(*paused) == Hold(Why.PAUSED)
    assert next_follow_up(folded("campaign/x", paused)) == Carry(2)
    assert next_follow_up(folded("campaign/x", paused), only=[1]) is None
    ended = (*applied, CampaignEnded("cancelled", "", 3.0))
    assert move_of(*ended) == Hold(Why.ENDED)


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        (Bounds(tokens_max=120), "budget of 120 tokens"),
        (Bounds(wall_s_max=0.5), "minutes of work"),
        (Bounds(reviewer_s_max=30.0), "minutes of review"),
    ],
)
def test_a_budget_pauses_when_it_is_used_up(bounds: Bounds, reason: str) -> None:
    plan = opened(item(1), item(2, path="b.py"), bounds=bounds)
    after = (plan, claimed(1), settled(1, "gave_up"), ReviewTaken((), 1, 31.0, "ada", 3.0))
    move = move_of(*after)
    assert isinstance(move, Pause)
    assert reason in move.reason
    more = replace(bounds, tokens_max=None, wall_s_max=None, reviewer_s_max=None)
    pause = CampaignPaused("", move.reason, 3.0)
    assert move_of(*after, pause, CampaignResumed("ada", more, 3.0)) == Claim(2)


def test_only_as_many_proposals_wait_as_a_person_has_time_for() -> None:
    items = [item(number, path=f"{number}.py") for number in range(1, 5)]
    two = opened(*items, bounds=Bounds(waiting_max=2))
    waiting = (claimed(1), settled(1, "proposed"), claimed(2), settled(2, "proposed"))
    assert move_of(two, *waiting) == Hold(Why.PERSON)
    time = opened(*items, bounds=Bounds(reviewer_s_max=59.0))
    assert move_of(time, *waiting) == Hold(Why.PERSON)
    assert move_of(time, *waiting, settled(1, "rejected")) == Claim(3)


def test_many_rejections_stop_it_until_a_person_resumes() -> None:
    items = [item(number, path=f"{number}.py") for number in range(1, 6)]
    plan = opened(*items, bounds=Bounds(decisions_min=3, rejected_share_max=0.6))
    events: list[CampaignEvent] = [plan]
    for number, outcome in ((1, "applied"), (2, "rejected"), (3, "rejected")):
        events += [claimed(number), settled(number, "proposed"), settled(number, outcome)]
    move = move_of(*events)
    assert isinstance(move, Pause)
    assert "67% of 3 proposals were rejected" in move.reason
    events += [CampaignPaused("", move.reason, 3.0)]
    assert move_of(*events, CampaignResumed("ada", plan.bounds, 3.0)) == Claim(4)


def test_an_item_is_not_begun_anew_for_ever() -> None:
    events: list[CampaignEvent] = [opened(item(1))]
    for number in range(20):
        if folded("campaign/x", events).count(Stage.DONE):
            break
        events += [claimed(1), settled(1, "stale", run_id=f"r{number}")]
    assert 2 < len(events) < 20
    assert isinstance(move_of(*events), Finish)
