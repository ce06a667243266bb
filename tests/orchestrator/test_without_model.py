"""A run in which no model may be asked yet stops before that, and goes on from there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from worlds import CODE, FINDING, GOOD, World

from playground.domain.events import CandidateGenerated
from playground.domain.findings import Finding, Span, TextEdit, ToolFix
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source
from playground.orchestrator.desk import DecidingDesk, SubmittingDesk

FIXES = FINDING, replace(FINDING, fix=ToolFix("safe", "", (TextEdit(Span(1, 18, 1, 20), "()"),)))


def sources_of(run: Run) -> list[Source]:
    return [event.source for event in run.events if isinstance(event, CandidateGenerated)]


@pytest.mark.parametrize("finding", FIXES)
@pytest.mark.parametrize("kind", [SubmittingDesk, DecidingDesk])
def test_it_rests_unended_before_the_model_and_repeats_nothing_afterwards(
    finding: Finding, kind: type[SubmittingDesk]
) -> None:
    world = World()
    desk = world.new_desk(kind)
    run_id = desk.submit(world.task(finding))
    first = desk.advance(run_id, may_ask=False)
    assert (first.ended, first.waiting, world.engine.asked) == (None, None, [])
    assert desk.advance(run_id, may_ask=False) == first
    whole = desk.advance(run_id)
    assert whole.events[: len(first.events)] == first.events
    assert sources_of(whole) == [*sources_of(first), Source.ENGINE]
    assert whole.waiting is not None


def test_a_repair_at_hand_is_proposed_without_the_model() -> None:
    world = World()
    edits = (TextEdit(Span(1, 18, 1, 20), "None"), TextEdit(Span(3, 16, 3, 22), "prices or []"))
    task = world.task(replace(FINDING, fix=ToolFix("safe", "", edits)))
    run = world.desk.advance(world.desk.submit(task), may_ask=False)
    assert run.waiting is not None
    assert world.workspace.files["shop.py"] == CODE


def test_a_review_that_the_model_writes_waits_too() -> None:
    world = World(policy=Policy(samples=3, reflections_max=1))
    run_id = world.desk.submit(world.task())

    class Stop(Exception):
        pass

    def heard(run: Run, _event: object) -> None:
        if run.verdicts:
            raise Stop

    with pytest.raises(Stop):
        world.desk.advance(run_id, listener=heard)
    asked = len(world.engine.asked)
    run = world.desk.advance(run_id, may_ask=False)
    assert (run.waiting, len(world.engine.asked)) == (None, asked)
    assert world.desk.advance(run_id).waiting is not None


def test_what_is_about_something_gone_can_be_withdrawn_before_there_is_a_proposal() -> None:
    world = World()
    run_id = world.desk.submit(world.task())
    world.desk.advance(run_id, may_ask=False)
    world.desk.withdraw(run_id, reason="Its file is gone.")
    ended = world.desk.load(run_id).ended
    assert ended is not None
    assert (ended.outcome, ended.reason) == ("stale", "Its file is gone.")
    assert world.desk.submit(world.task()) != run_id
    assert GOOD not in world.workspace.files.values()
