"""An `improve` while a campaign of the same repository goes on."""

from __future__ import annotations

import json
from pathlib import Path

from surface_stage import World, words

from playground.campaigns.opening import newest
from playground.campaigns.state import Campaign, Stage
from playground.domain.campaigns import ItemClaimed
from playground.surfaces.terminal import main

TWO = {"a.py": "x = 'BAD'\n", "b.py": "y = 'BAD'\n"}


def run(world: World, *argv: str, typed: str | None = None) -> int:
    return main(list(argv), stage=world.stage(typed))


def lines_of(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in world.out.getvalue().splitlines()]


def opened_campaign(world: World, *, claimed: bool) -> Campaign:
    """Opens a campaign whose session dies at once; a living one claims an item if wanted."""
    world.gate.before_judge = _halt
    run(world, "campaign", "start", "--parallel", "1")
    world.gate.before_judge = lambda: None
    campaign = _campaign(world)
    assert not campaign.count(Stage.WAITING)
    if claimed:
        me = world.journal.join()
        event = ItemClaimed(1, me.id, 60.0, 1.0)
        world.journal.append_campaign(campaign.id, seq=campaign.seq, event=event)
    return campaign


def _halt() -> None:
    raise KeyboardInterrupt


def _campaign(world: World) -> Campaign:
    found = newest(world.journal, root=str(world.root))
    assert found is not None
    return found


def test_what_a_campaign_is_at_is_skipped_with_a_word(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    opened_campaign(world, claimed=True)
    run(world, "improve", ".", "--apply", "never", "--format", "json")
    first, second, _summary = lines_of(world)
    assert (first["outcome"], second["outcome"]) == ("skipped", "proposed")
    assert "the campaign that is running here is at these lines" in str(first["reason"])


def test_what_improve_works_on_is_the_campaigns_too_and_asked_about_once(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    opened_campaign(world, claimed=False)
    seen: list[int] = []
    world.gate.before_judge = lambda: seen.append(_campaign(world).count(Stage.CLAIMED))
    assert run(world, "improve", ".", typed="a\ns\n") == 1
    assert seen == [1, 1]
    assert [work.outcome for work in _campaign(world).works.values()] == ["proposed"] * 2
    run(world, "campaign", "start")
    works = _campaign(world).works.values()
    assert sorted(work.outcome for work in works) == ["applied", "proposed"]
    assert len(world.journal.runs()) == 2
    assert run(world, "campaign", "review", typed="a\n") == 0
    assert words(world.out).count("Proposal ") == 1


def test_a_claim_of_a_dead_session_keeps_nobody_away(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    campaign = opened_campaign(world, claimed=False)
    me = world.journal.join()
    event = ItemClaimed(1, me.id, 60.0, 1.0)
    world.journal.append_campaign(campaign.id, seq=campaign.seq, event=event)
    me.close()
    run(world, "improve", ".", "--apply", "never")
    assert [work.outcome for work in _campaign(world).works.values()] == ["proposed"] * 2
