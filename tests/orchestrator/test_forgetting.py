"""Forgetting: an episode goes for good, whatever is killed, undone or rebuilt afterwards."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from worlds import CODE, World, approved, rejected

from playground.domain.campaigns import Records
from playground.domain.candidates import Provenance
from playground.domain.episodes import Episode, Recollection
from playground.domain.errors import Refusal, StorageUnavailable
from playground.domain.events import (
    EpisodeForgotten,
    Event,
    ForgettingRequested,
    MemoryRecalled,
    ProposalMade,
)
from playground.domain.ports import RecallQuery
from playground.domain.recording import RecordsAround
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.orchestrator.dataset.building import Sources, dataset_of
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


class Counting(RecordsAround):
    """Counts the runs that are held at once."""

    def __init__(self, journal: Records) -> None:
        super().__init__(journal)
        self.held = self.most = 0

    def load(self, run_id: str) -> Run:
        return self._lent(super().load(run_id))

    def runs(self, *, root: str = "", open_only: bool = False) -> list[Run]:
        return [self._lent(run) for run in super().runs(root=root, open_only=open_only)]

    def _lent(self, run: Run) -> Run:
        self.held += 1
        self.most = max(self.most, self.held)
        weakref.finalize(run, self._given_back)
        return run

    def _given_back(self) -> None:
        self.held -= 1


def test_learning_again_holds_few_runs_at_a_time() -> None:
    world = World()
    taught = [_taught(world).id for _ in range(6)]
    journal = Counting(world.journal)
    assert relearned(journal, memory=world.memory, gate=world.gate) == 6
    assert [e.id for e in world.memory.oldest_first()] == taught
    assert journal.most <= 2


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


def test_later_runs_keep_nothing_of_it_and_no_prompt_shows_it_any_more() -> None:
    world = World()
    first = _taught(world)
    second = world.run()
    known = second.recalled
    assert known is not None
    assert known.recalled[0].episode.before
    done = world.desk.forget(first.id, by="ada", where="terminal")
    told = [event for event in done.events if isinstance(event, EpisodeForgotten)]
    assert [event.runs for event in told] == [(second.id,)]
    known = world.journal.load(second.id).recalled
    assert known is not None
    assert known.recalled[0].episode.id == first.id
    assert known.recalled[0].episode.before == known.recalled[0].episode.goal == ""
    assert world.journal.verify().problems == ()


def test_a_run_that_goes_on_after_forgetting_shows_no_example() -> None:
    world = World()
    first = _taught(world)
    opened = world.desk.submit(world.task())
    run = world.journal.load(opened)
    like = replace(world.memory.all()[0], id=first.id)
    events = (MemoryRecalled((Recollection(like, 1.0),), (Recollection(like, 1.0),)),)
    world.journal.append(run.id, seq=1, event=events[0])
    world.desk.forget(first.id, by="ada", where="terminal")
    done = world.desk.advance(run.id)
    assert done.proposal is not None
    assert done.proposal.provenance.episodes == ()


class _Overtaken(FakeMemory):
    """A memory of which somebody else forgets what it has just answered with."""

    then: Callable[[], object] | None = None

    def recall(self, query: RecallQuery) -> list[Recollection]:
        found = super().recall(query)
        then, self.then = self.then, None
        if found and then is not None:
            then()
        return found


@pytest.mark.parametrize("imported", [False, True])
def test_what_is_forgotten_while_it_is_recalled_is_not_recorded_and_not_shown(
    imported: bool,
) -> None:
    world = World()
    world.memory = memory = _Overtaken()
    world.desk = world.new_desk(DecidingDesk)
    first = _taught(world)
    name = "elsewhere" if imported else first.id
    memory.remember(replace(memory.all()[0], id=name))

    def forget() -> None:
        memory.forget("elsewhere")
        memory.forget(first.id)
        world.journal.forget_texts("elsewhere", by="ada", where="terminal")
        if not imported:
            world.new_desk(DecidingDesk).forget(first.id, by="ada", where="terminal")

    memory.then = forget
    second = world.run()
    assert second.proposal is not None
    assert second.proposal.provenance.episodes == ()
    known = world.journal.load(second.id).recalled
    assert known is not None
    assert [one.episode.before for one in known.recalled] == [""]
    assert world.journal.verify().problems == ()
    wish = world.journal.verify().forgettings[-1]
    assert wish.by == ("somebody" if imported else "ada")


def test_what_is_forgotten_while_the_tools_work_is_shown_to_no_model() -> None:
    world = World()
    first = _taught(world)
    opened = world.desk.submit(world.task())

    def forget(_run: Run, event: Event) -> None:
        if isinstance(event, MemoryRecalled):
            world.new_desk(DecidingDesk).forget(first.id, by="ada", where="terminal")

    done = world.desk.advance(opened, listener=forget)
    assert done.proposal is not None
    assert done.proposal.provenance.episodes == ()


def test_a_proposal_that_a_person_wrote_anew_was_shaped_too() -> None:
    world = World()
    first = _taught(world)
    second = world.run()
    (made,) = [e for e in second.events if isinstance(e, ProposalMade)]
    mine = replace(made.proposal, provenance=Provenance(Source.PERSON))
    world.journal.append(second.id, seq=len(second.events), event=ProposalMade(mine))
    assert [run.id for run in world.desk.shaped_by(first.id)] == [second.id]


def test_with_its_run_nothing_is_left_but_what_happened() -> None:
    world = World()
    first = _taught(world)
    second = world.run()
    texts = [first.task.region_text, first.task.goal, "prices or"]
    done = world.desk.forget(first.id, by="ada", where="terminal", with_run=True)
    assert done.ended is not None
    assert done.ended.outcome == "applied"
    left = world.journal.load(first.id)
    assert left.blanked
    assert not [text for text in texts if text in repr(left)]
    assert left.proposal is not None
    assert left.proposal.patch.paths == ("shop.py",)
    assert _relearn(world) == 0
    assert dataset_of([left], Sources(world.gate, world.workspace, lambda _: True)).rows == {}
    with pytest.raises(Refusal, match="by hand"):
        world.desk.undo(first.id, by="ada", where="terminal")
    assert world.journal.verify().problems == ()
    assert world.desk.decide(second.id, decision=approved(second)).ended is not None


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
