from __future__ import annotations

from pathlib import Path

from campaign_world import CampaignWorld, module

from playground.campaigns.moves import Why
from playground.campaigns.state import Stage
from playground.domain.proposals import Approved
from playground.testing.journal import MemoryJournal
from playground.testing.workspace import FakeWorkspace


def world(**files: str) -> CampaignWorld:
    named = {f"{name}.py": text for name, text in files.items()}
    return CampaignWorld(MemoryJournal(), FakeWorkspace(named), list(named))


def approve_all(here: CampaignWorld) -> None:
    for run in here.desk.waiting():
        assert run.waiting is not None
        here.desk.decide(run.id, decision=Approved("ada", "test", run.waiting.digest))


def test_every_finding_becomes_a_proposal() -> None:
    here = world(a=module("one", "two"), b=module("three"))
    campaign = here.opened()
    assert here.session(campaign).run() is Why.PERSON
    now = here.now(campaign)
    assert [work.outcome for work in now.works.values()] == ["proposed"] * 3
    assert len(here.desk.waiting()) == 3
    assert now.spent.total > 0
    assert here.journal.verify().problems == ()


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
