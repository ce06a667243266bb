from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from campaign_world import ROOT, CampaignWorld, InlineExecutor, module
from typing_extensions import override

from playground.campaigns.decisions import Decisions
from playground.campaigns.moves import Why
from playground.campaigns.session import Halted, Pace, Session
from playground.campaigns.state import Campaign, Stage
from playground.campaigns.working import Rest, Worker
from playground.domain.campaigns import CampaignEnded, ItemClaimed
from playground.domain.events import Event, Recorded, RunEnded
from playground.domain.proposals import Approved
from playground.domain.recording import RecordsAround
from playground.testing.journal import MemoryJournal
from playground.testing.workspace import FakeWorkspace


def world(**files: str) -> CampaignWorld:
    named = {f"{name}.py": text for name, text in files.items()}
    return CampaignWorld(MemoryJournal(), FakeWorkspace(named), list(named))


def approve_all(here: CampaignWorld) -> None:
    for run in here.desk.waiting():
        assert run.waiting is not None
        here.desk.decide(run.id, decision=Approved("ada", "test", run.waiting.digest))


class Counted(RecordsAround):
    """Counts what is read by positions."""

    looks = read = 0

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterable[tuple[int, Recorded]]:
        self.looks += 1
        for found in super().tail(after=after, since=since):
            self.read += 1
            yield found


def test_every_finding_becomes_a_proposal() -> None:
    here = world(a=module("one", "two"), b=module("three"))
    campaign = here.opened()
    assert here.session(campaign).run() is Why.PERSON
    now = here.now(campaign)
    assert [work.outcome for work in now.works.values()] == ["proposed"] * 3
    assert len(here.desk.waiting()) == 3
    assert now.spent.total > 0
    assert here.journal.verify().problems == ()


def test_a_run_is_about_the_region_that_the_plan_worked_out() -> None:
    here = world(a=module("one", "two"))
    campaign = here.opened()
    planned = replace(campaign.works[1].item.region, start_line=1, end_line=2)
    work = replace(campaign.works[1], item=replace(campaign.works[1].item, region=planned))
    worker = Worker(here.parts, campaign_id=campaign.id, root=Path(ROOT))
    rest = worker.begin(work, named=(), listener=lambda _run, _event: None)
    assert isinstance(rest, Rest)
    task = here.journal.load(rest.run_id).task
    assert task.region == planned
    assert task.region_text == "".join(module("one", "two").splitlines(keepends=True)[:2])


def test_it_ends_when_all_is_decided() -> None:
    here = world(b=module("three"))
    campaign = here.opened()
    here.session(campaign).run()
    approve_all(here)
    assert here.session(campaign).run() is Why.ENDED
    now = here.now(campaign)
    assert now.ended is not None
    assert [work.outcome for work in now.works.values()] == ["applied"]


def test_a_proposal_is_carried_over_when_its_file_changed() -> None:
    here = world(a=module("one", "two", "three"))
    campaign = here.opened()
    here.session(campaign).run()
    asked = len(here.engine.asked)
    first, *_others = here.desk.waiting()
    assert first.waiting is not None
    here.desk.decide(first.id, decision=Approved("ada", "test", first.waiting.digest))
    assert here.session(campaign).run() is Why.PERSON
    assert len(here.engine.asked) == asked
    waiting = here.desk.waiting()
    assert len(waiting) == 2
    now = here.workspace.read(Path(here.root), path="a.py").sha256
    assert all(run.waiting and run.waiting.patch.files[0].base_sha256 == now for run in waiting)
    for _ in range(2):
        run = here.desk.waiting()[0]
        assert run.waiting is not None
        here.desk.decide(run.id, decision=Approved("ada", "test", run.waiting.digest))
        here.session(campaign).run()
    assert here.workspace.read(Path(here.root), path="a.py").text.count("prices or []") == 3
    assert here.now(campaign).count(Stage.DONE) == 3
    assert len(here.engine.asked) == asked


class Enough(Exception):
    """Ends a session that would wait for others."""


@pytest.mark.parametrize("now", [7_201.0, -7_199.0])
def test_a_clock_that_is_set_by_hours_neither_takes_from_the_living_nor_keeps_from_the_silent(
    now: float,
) -> None:
    here = world(b=module("three"))
    campaign, other = here.opened(), here.journal.join()  # which never says that it is gone
    claim = ItemClaimed(1, other.id, lease_s=60.0, at=1.0)
    here.journal.append_campaign(campaign.id, seq=1, event=claim)
    elapsed, looks = 0.0, 0

    def watch(_campaign: Campaign) -> None:
        nonlocal looks, elapsed
        looks += 1
        if looks == 5:
            raise Enough
        if looks == 10:
            elapsed = 60.0

    pace = Pace(
        now=lambda: now,
        steady=lambda: elapsed,
        executor=lambda _n: InlineExecutor(),
        idle_s=0.0,
    )
    session = Session(here.parts, campaign_id=campaign.id, pace=pace, watch=watch)
    with pytest.raises(Enough):
        session.run()
    assert here.engine.asked == []
    assert [work.worker for work in here.now(campaign).at(Stage.CLAIMED)] == [other.id]
    assert session.run() is Why.PERSON
    assert here.now(campaign).count(Stage.WAITING) == 1


def test_a_decision_is_noticed_whatever_the_clocks_say() -> None:
    """The journal's clock may be a server's; this machine's is an hour ahead of it."""
    named = {"b.py": module("three")}
    here = CampaignWorld(MemoryJournal(clock=lambda: 1_000.0), FakeWorkspace(named), ["b.py"])
    pace = Pace(now=lambda: 4_600.0, executor=lambda _n: InlineExecutor(), idle_s=0.0)
    session = here.session(here.opened(), pace)
    assert session.run() is Why.PERSON
    approve_all(here)
    assert session.run() is Why.ENDED


def test_what_was_decided_before_an_item_is_seen_waiting_is_noticed() -> None:
    here = world(b=module("three"))
    campaign = here.opened()
    here.session(campaign).run()
    approve_all(here)
    proposed = here.now(campaign)
    late = Decisions(here.parts)  # begins to look after the run ended
    empty = Campaign(campaign.id)
    assert late.since(empty) == []
    (decided,) = late.since(proposed)
    assert decided.rest.outcome == "applied"
    assert late.since(proposed) == []


def test_nothing_is_read_while_nothing_happens() -> None:
    journal = Counted(MemoryJournal())
    here = CampaignWorld(journal, FakeWorkspace({"b.py": module("three")}), ["b.py"])
    campaign = here.opened()
    here.session(campaign).run()
    decisions = Decisions(here.parts)
    before = journal.looks, journal.read
    task = here.desk.waiting()[0].task
    here.desk.submit(replace(task, goal="another", finding=None))
    for _ in range(5):
        decisions.since(here.now(campaign))
    assert (journal.looks, journal.read) == (before[0] + 1, before[1] + 1)


def test_what_another_campaign_has_paid_is_not_counted_again() -> None:
    here = world(a=module("one"))
    first = here.opened()
    here.session(first).run()
    paid = here.now(first).spent.total
    over = CampaignEnded("cancelled", "ada cancelled it.", 1.0)
    here.journal.append_campaign(first.id, seq=here.now(first).seq, event=over)
    second = here.opened()
    here.session(second).run()
    now = here.now(second)
    assert [work.outcome for work in now.works.values()] == ["proposed"]
    assert len(here.journal.runs()) == 1
    assert paid > 0
    assert now.spent.total == 0


class CutOff(RecordsAround):
    """Stops whoever has just ended a run for the one that its proposal is carried over to."""

    is_on = False

    @override
    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        super().append(run_id, seq=seq, event=event)
        if self.is_on and isinstance(event, RunEnded) and event.outcome == "stale":
            self.is_on = False
            raise Halted


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_a_carry_that_was_cut_off_is_brought_to_its_end(is_cancelled: bool) -> None:
    journal = CutOff(MemoryJournal())
    here = CampaignWorld(journal, FakeWorkspace({"a.py": module("one", "two")}), ["a.py"])
    campaign = here.opened()
    here.session(campaign).run()
    first, *_others = here.desk.waiting()
    assert first.waiting is not None
    here.desk.decide(first.id, decision=Approved("ada", "test", first.waiting.digest))
    asked, journal.is_on = len(here.engine.asked), True

    def watch(_campaign: Campaign) -> None:
        if not journal.is_on:
            raise Enough

    pace = Pace(executor=lambda _n: InlineExecutor(), idle_s=0.0)
    with pytest.raises(Enough):
        Session(here.parts, campaign_id=campaign.id, pace=pace, watch=watch).run()
    assert here.desk.waiting() == []
    if is_cancelled:
        over = CampaignEnded("cancelled", "ada cancelled it.", 1.0)
        journal.append_campaign(campaign.id, seq=here.now(campaign).seq, event=over)
    here.session(campaign).follow_up()
    (carried,) = here.desk.waiting()
    now = here.now(campaign)
    assert [work.run_id for work in now.at(Stage.WAITING)] == [carried.id]
    assert len(here.engine.asked) == asked
    assert all(run.ended or run.waiting for run in journal.runs())


def test_a_file_that_does_not_parse_any_more_stops_nothing() -> None:
    """Analyzers have findings of such files too, but no task can be made of them."""
    files = {"a.py": module("one", "two"), "b.py": module("three")}
    workspace = FakeWorkspace(files)
    here = CampaignWorld(MemoryJournal(), workspace, list(files))
    campaign = here.opened()
    here.session(campaign).run()
    workspace.files["a.py"] += "\n\ndef broken(:\n"
    assert here.session(campaign).run() is Why.PERSON
    now = here.now(campaign)
    assert sorted(work.outcome for work in now.works.values()) == ["gone", "gone", "proposed"]
    assert not now.outdated
