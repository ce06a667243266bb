"""The loop on real nodes with fakes behind the ports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from worlds import BAD, CODE, FINDING, GOOD, World, approved, rejected

from playground.domain.candidates import Refused
from playground.domain.changes import patch_between
from playground.domain.episodes import Episode
from playground.domain.errors import BadConfiguration, Refusal, Stale, StorageUnavailable
from playground.domain.events import (
    CandidateGenerated,
    CandidateRefused,
    CandidateTested,
    DecisionTaken,
    Event,
    EvidenceAdded,
    RunEnded,
    TaskOpened,
)
from playground.domain.findings import Span, TextEdit, ToolFix
from playground.domain.ports import Deciding
from playground.domain.proposals import Amended
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.orchestrator.desk import DecidingDesk, SubmittingDesk
from playground.orchestrator.nodes.base import BaseNode
from playground.testing import MemoryJournal
from playground.testing.memory import FakeMemory

REVIEW = '{"advice": "accept", "reason": "fine"}'


def _kinds(run: Run) -> list[str]:
    return [type(event).__name__ for event in run.events]


def _answers(*texts: str) -> World:
    queue = list(texts)

    def answer(prompt: str) -> str:
        if "Answer as JSON" in prompt:
            return REVIEW
        return queue.pop(0) if len(queue) > 1 else queue[0]

    return World(answers=answer)


def test_a_good_answer_becomes_a_proposal_and_an_approval_writes_it() -> None:
    world = _answers(GOOD)
    run = world.run()
    assert _kinds(run) == [
        "TaskOpened",
        "MemoryRecalled",
        "CandidateGenerated",
        "CandidateTested",
        "CandidateReflected",
        "ProposalMade",
    ]
    assert world.workspace.files["shop.py"] == CODE
    done = world.desk.decide(run.id, decision=approved(run, why="clear"))
    assert _kinds(done)[-4:] == ["DecisionTaken", "ChangeApplied", "EpisodeLearned", "RunEnded"]
    assert world.workspace.files["shop.py"] == GOOD
    episode = world.memory.fetch_semantic("mutable default", 1)[0].episode
    assert (episode.outcome, episode.before, episode.after) == ("approved", CODE, GOOD)


def test_the_tools_own_fix_comes_first_and_asks_no_model() -> None:
    world = _answers(GOOD)
    fix = ToolFix(
        "unsafe",
        "use None",
        (
            TextEdit(Span(1, 18, 1, 20), "None"),
            TextEdit(Span(3, 16, 3, 22), "prices or []"),
        ),
    )
    run = world.run(world.task(replace(FINDING, fix=fix)))
    assert run.waiting is not None
    assert run.waiting.provenance.source is Source.TOOL
    assert world.engine.asked == []


def test_a_new_file_without_a_place_in_the_tree_is_refused_and_the_next_one_proposed() -> None:
    answers = [f"FILE: {path}\n```python\nA = 1\n```\n" for path in ("shop.py/new.py", "new.py")]
    world = _answers(*answers)
    world.judgement = lambda _after: ""
    task = Task("/repo", TaskKind.REQUEST, "Write it.", (), may_create=True)
    run = world.run(task)
    first = next(e for e in run.events if isinstance(e, CandidateGenerated))
    refused = first.drafts[0]
    assert isinstance(refused, Refused)
    assert (refused.code, refused.reason) == (
        "path-taken",
        "shop.py is a file, so no file can be made at shop.py/new.py.",
    )
    assert run.waiting is not None
    assert run.waiting.patch.paths == ("new.py",)


def test_samples_follow_a_greedy_failure_with_news_in_the_prompt() -> None:
    world = _answers(BAD, GOOD)
    run = world.run()
    sources = [e.source for e in run.events if isinstance(e, CandidateGenerated)]
    assert sources == [Source.ENGINE, Source.SAMPLES]
    assert "B006 is still there." in world.engine.asked[1].messages[1].content
    seeds = {request.seed for request in world.engine.asked[1:4]}
    assert len(seeds) == 3
    assert None not in seeds
    assert run.waiting is not None


def test_a_review_of_the_engine_is_asked_for_only_within_its_bound() -> None:
    world = _answers(GOOD)
    assert [c.by for c in world.run().critiques.values()] == ["rules"]
    world = _answers(GOOD)
    world.policy = Policy(reflections_max=1)
    assert [c.by for c in world.run().critiques.values()] == ["fake-1"]


def test_unchanged_malformed_and_repeated_answers_are_refusals_not_errors() -> None:
    world = _answers(CODE, "no code for you: def x(", BAD, BAD)
    run = world.run()
    assert run.ended is not None
    assert run.ended.outcome == "gave_up"
    codes = [r.code for r in run.refusals]
    assert codes[0] == "unchanged"
    assert "repeated" in codes
    assert len(world.gate.judged) == len(set(world.gate.judged))


def test_bounds_end_the_run_with_a_reason() -> None:
    world = _answers(BAD)
    world.policy = Policy(tokens_max=10)
    run = world.run()
    assert run.ended is not None
    assert "cycles.tokens_max" in run.ended.reason
    assert len(world.engine.asked) == 1


def test_a_rejection_teaches_and_writes_nothing() -> None:
    world = _answers(GOOD)
    run = world.run()
    done = world.desk.decide(run.id, decision=rejected(run, why="we never use None"))
    assert done.ended is not None
    assert done.ended.outcome == "rejected"
    assert world.workspace.writes == []
    again = world.run()
    assert "we never use None" in world.engine.asked[-1].messages[1].content
    assert again.id != run.id


def test_an_approved_episode_is_shown_as_an_example_and_named_in_the_provenance() -> None:
    world = _answers(GOOD)
    first = world.run()
    world.desk.decide(first.id, decision=approved(first))
    world.workspace.files["shop.py"] = CODE
    second = world.run()
    assert "a person approved" in world.engine.asked[-1].messages[1].content
    assert second.waiting is not None
    assert second.waiting.provenance.episodes == (first.id,)


def test_an_amendment_passes_the_same_gate_and_is_asked_about_again() -> None:
    world = _answers(GOOD)
    run = world.run()
    assert run.waiting is not None
    mine = CODE.replace("prices=[]", "prices=None").replace(
        "sum(prices)", "sum(list(prices or []))"
    )
    worse = CODE.replace("sum(prices)", "0")
    for text, candidate_differs in ((worse, False), (mine, True)):
        shown = run.waiting
        assert shown is not None
        patch = patch_between({"shop.py": CODE}, {"shop.py": text})
        amended = Amended("ada", "terminal", shown.digest, patch)
        run = world.desk.decide(run.id, decision=amended)
        assert run.waiting is not None
        assert (run.waiting.candidate_id != shown.candidate_id) is candidate_differs
        assert world.workspace.writes == []
    done = world.desk.decide(run.id, decision=approved(run))
    assert world.workspace.files["shop.py"] == mine
    assert world.memory.all(5)[0].outcome == "amended"
    assert done.was_amended


def test_a_failed_amendment_followed_by_a_yes_to_the_original_is_an_approval() -> None:
    world = _answers(GOOD)
    run = world.run()
    assert run.waiting is not None
    patch = patch_between({"shop.py": CODE}, {"shop.py": CODE.replace("sum(prices)", "0")})
    amended = Amended("ada", "terminal", run.waiting.digest, patch)
    run = world.desk.decide(run.id, decision=amended)
    world.desk.decide(run.id, decision=approved(run))
    assert world.workspace.files["shop.py"] == GOOD
    assert world.memory.all(1)[0].outcome == "approved"


def test_undo_restores_and_unteaches() -> None:
    world = _answers(GOOD)
    run = world.run()
    world.desk.decide(run.id, decision=approved(run))
    undone = world.desk.undo(run.id, by="ada", where="terminal")
    assert undone.ended is not None
    assert undone.ended.outcome == "undone"
    assert world.workspace.files["shop.py"] == CODE
    assert world.memory.all(5)[0].outcome == "undone"
    with pytest.raises(Refusal, match="no applied change"):
        world.desk.undo(run.id, by="ada", where="terminal")


def test_undo_of_a_file_that_was_edited_since_changes_nothing() -> None:
    world = _answers(GOOD)
    run = world.run()
    world.desk.decide(run.id, decision=approved(run))
    world.workspace.files["shop.py"] = GOOD + "# mine\n"
    with pytest.raises(Refusal):
        world.desk.undo(run.id, by="ada", where="terminal")
    assert world.workspace.files["shop.py"] == GOOD + "# mine\n"


def test_an_approval_for_something_else_is_stale_and_none_is_used_twice() -> None:
    world = _answers(GOOD)
    run = world.run()
    decision = approved(run)
    with pytest.raises(Stale):
        world.desk.decide(run.id, decision=replace(decision, proposal_digest="0" * 64))
    world.desk.decide(run.id, decision=decision)
    with pytest.raises(Refusal, match="no proposal waiting"):
        world.desk.decide(run.id, decision=decision)
    assert len(world.workspace.writes) == 1


def test_a_file_edited_before_the_approval_ends_the_run_as_stale() -> None:
    world = _answers(GOOD)
    run = world.run()
    world.workspace.files["shop.py"] = CODE + "# mine\n"
    done = world.desk.decide(run.id, decision=approved(run))
    assert isinstance(done.last, RunEnded)
    assert done.last.outcome == "stale"
    assert world.workspace.files["shop.py"] == CODE + "# mine\n"


class _NoneHater(BaseNode):
    def run(self, input_data: Run) -> Event:
        candidate = self.under_review(input_data)
        text = "".join(line for f in candidate.patch.files for h in f.hunks for line in h.after)
        return (
            self.refuse(input_data, "None is not our style.")
            if "=None" in text
            else (self.evidence(input_data, "house style holds"))
        )


class _Overreaching(BaseNode):
    def run(self, input_data: Run) -> Event:
        return RunEnded("applied", "trust me")


class _Broken(BaseNode):
    def run(self, input_data: Run) -> Event:
        raise ZeroDivisionError("oops")


def _with_own(node: BaseNode) -> World:
    other = "def total(prices=()):\n    # adds up\n    return sum(prices or [])\n"
    queue = [GOOD, other]
    return World(
        answers=lambda p: REVIEW if "Answer as JSON" in p else queue.pop(0) if queue[1:] else other,
        policy=Policy(nodes=("mine",)),
        own={"mine": node},
    )


def test_a_persons_own_node_refuses_and_adds_evidence() -> None:
    run = _with_own(_NoneHater()).run()
    refused = [e for e in run.events if isinstance(e, CandidateRefused)]
    assert [e.reason for e in refused] == ["None is not our style."]
    assert any(isinstance(e, EvidenceAdded) for e in run.events)
    assert run.waiting is not None
    assert run.waiting.notes == ("house style holds",)


def test_a_persons_own_node_can_do_nothing_else() -> None:
    with pytest.raises(BadConfiguration, match="RunEnded"):
        _with_own(_Overreaching()).run()


def test_a_broken_node_refuses() -> None:
    run = _with_own(_Broken()).run()
    assert run.ended is not None
    assert "ZeroDivisionError" in run.ended.reason


def test_an_unfinished_run_is_carried_on_and_no_answer_is_asked_for_again() -> None:
    world = _answers(GOOD)
    run_id = world.desk.submit(world.task())
    before = world.desk.advance(run_id)
    asked = len(world.engine.asked)
    world.desk = world.new_desk(DecidingDesk)
    assert world.desk.submit(world.task()) == run_id
    assert world.desk.advance(run_id) == before
    assert len(world.engine.asked) == asked


def test_no_refused_draft_ever_reaches_the_gate() -> None:
    world = _answers(CODE, BAD, GOOD, GOOD)
    run = world.run()
    tested = {e.candidate_id for e in run.events if isinstance(e, CandidateTested)}
    drafts = [d for g in run.generations for d in g.drafts]
    assert tested <= {d.id for d in drafts if not isinstance(d, Refused)}


def test_a_desk_without_the_right_to_decide_never_writes() -> None:
    world = _answers(GOOD)
    run = world.run()
    world.journal.append(run.id, seq=len(run.events), event=DecisionTaken(approved(run), at=1.0))
    submitting = world.new_desk(SubmittingDesk)
    assert isinstance(submitting.advance(run.id).last, DecisionTaken)
    assert world.workspace.writes == []
    assert not isinstance(submitting, Deciding)


def test_an_approval_that_was_recorded_before_a_crash_is_carried_out() -> None:
    world = _answers(GOOD)
    run = world.run()
    world.journal.append(run.id, seq=len(run.events), event=DecisionTaken(approved(run), at=1.0))
    assert [r.id for r in world.desk.recover()] == [run.id]
    assert world.workspace.files["shop.py"] == GOOD
    assert world.desk.recover() == []


class _FullMemory(FakeMemory):
    refused = ""

    def remember(self, episode: Episode) -> None:
        if episode.id == self.refused:
            raise StorageUnavailable("The disk is full; free some space.")
        super().remember(episode)


def test_a_run_that_cannot_be_finished_stops_no_other() -> None:
    world = _answers(GOOD)
    world.memory = memory = _FullMemory()
    world.desk = world.new_desk(DecidingDesk)
    world.workspace.files["other.py"] = CODE
    stuck, fine = world.run(), world.run(world.task(replace(FINDING, path="other.py")))
    memory.refused = stuck.id
    for run in (stuck, fine):
        event = DecisionTaken(approved(run), at=1.0)
        world.journal.append(run.id, seq=len(run.events), event=event)
    assert [run.id for run in world.desk.recover()] == [fine.id]
    memory.refused = ""
    assert [run.id for run in world.desk.recover()] == [stuck.id]


class _Raced(MemoryJournal):
    """Another process opens a run for the task between this one's look and its opening."""

    def __init__(self, opened: TaskOpened) -> None:
        super().__init__()
        self._opened: list[TaskOpened] = [opened]

    def newest_with_key(self, key: str) -> Run | None:
        found = super().newest_with_key(key)
        if self._opened:
            self.append("theirs", seq=0, event=self._opened.pop())
        return found


@pytest.mark.parametrize("run_id", ["", "ours"])
def test_a_run_that_another_process_opened_just_now_is_joined(run_id: str) -> None:
    world = World()
    task = world.task()
    world.journal = _Raced(TaskOpened(task, world.policy))
    desk = world.new_desk(DecidingDesk)
    assert desk.submit(task, run_id=run_id) == "theirs"
    assert [run.id for run in world.journal.runs()] == ["theirs"]


def test_a_run_that_was_opened_with_the_same_id_is_joined_though_it_ended() -> None:
    world = World()
    task = world.task()
    assert world.desk.submit(task, run_id="ours") == "ours"
    world.journal.append("ours", seq=1, event=RunEnded("gave_up", "no more attempts"))
    assert world.desk.submit(task, run_id="ours") == "ours"
    assert world.desk.submit(task) != "ours"
