"""Forgetting: an episode goes for good, whatever is killed, undone or rebuilt afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from worlds import CODE, World, approved, rejected

from playground.domain.episodes import Episode
from playground.domain.errors import Refusal, StorageUnavailable
from playground.domain.events import ForgettingRequested
from playground.domain.runs import Run
from playground.orchestrator.desk import DecidingDesk
from playground.orchestrator.relearning import relearned
from playground.testing.memory import FakeMemory


def _taught(world: World) -> Run:
    run = world.run()
    done = world.desk.decide(run.id, decision=approved(run))
    world.workspace.files["shop.py"] = CODE
    return done


def _relearn(world: World) -> int:
    return relearned(world.journal, memory=world.memory, gate=world.gate)


def test_what_was_forgotten_is_not_learned_again_from_the_journal() -> None:
    world = World()
    first, second = _taught(world), _taught(world)
    done = world.desk.forget(first.id, by="ada", where="terminal")
    assert done.ended is not None
    assert done.ended.outcome == "applied"
    assert [e.id for e in world.memory.all()] == [second.id]
    assert _relearn(world) == 1
    assert [e.id for e in world.memory.all()] == [second.id]


def test_an_undo_after_forgetting_teaches_nothing() -> None:
    world = World()
    run = world.run()
    world.desk.decide(run.id, decision=approved(run))
    world.desk.forget(run.id, by="ada", where="terminal")
    undone = world.desk.undo(run.id, by="ada", where="terminal")
    assert undone.ended is not None
    assert undone.ended.outcome == "undone"
    assert world.memory.count() == 0


def test_a_forgetting_that_was_cut_off_is_finished_at_the_next_start() -> None:
    world = World()
    run = _taught(world)
    event = ForgettingRequested("ada", "terminal", at=1.0)
    world.journal.append(run.id, seq=len(run.events), event=event)
    assert world.memory.count() == 1
    assert [r.id for r in world.desk.recover()] == [run.id]
    assert world.memory.count() == 0
    assert world.desk.recover() == []


def test_nothing_is_forgotten_of_a_run_that_taught_nothing() -> None:
    world = World()
    waiting = world.run()
    with pytest.raises(Refusal, match="taught nothing"):
        world.desk.forget(waiting.id, by="ada", where="terminal")


def test_a_rejection_can_be_forgotten_too() -> None:
    world = World()
    run = world.run()
    world.desk.decide(run.id, decision=rejected(run, why="we never use None"))
    done = world.desk.forget(run.id, by="ada", where="terminal")
    assert done.ended is not None
    assert done.ended.outcome == "rejected"
    world.run()
    assert "we never use None" not in world.engine.asked[-1].messages[1].content


def test_the_proposals_that_an_episode_shaped_are_known() -> None:
    world = World()
    first = _taught(world)
    second = _taught(world)
    assert [run.id for run in world.desk.shaped_by(first.id)] == [second.id]
    assert world.desk.shaped_by(second.id) == []


def test_imported_episodes_survive_a_rebuild() -> None:
    world = World()
    run = _taught(world)
    (ours,) = world.memory.all()
    world.memory.remember(replace(ours, id="from-elsewhere"))
    assert _relearn(world) == 2
    assert {e.id for e in world.memory.all()} == {run.id, "from-elsewhere"}


class _Damaged(FakeMemory):
    def oldest_first(self) -> Iterator[Episode]:
        raise StorageUnavailable("The memory cannot be used.")


def test_a_memory_that_cannot_be_read_is_made_anew_from_the_journal_alone() -> None:
    world = World()
    world.memory = memory = _Damaged()
    world.desk = world.new_desk(DecidingDesk)
    _taught(world)
    assert _relearn(world) == 1
    assert memory.count() == 1
