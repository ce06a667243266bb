"""The gate asks servers that stay where they are ready, and confirms what they let pass."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from analysis_world import PROFILE, WordAnalyzer, candidate_of, edited, gate_over, put, repair_of

from playground.analyzers.gate.gate import StaticGate
from playground.domain.events import CandidateGenerated, MemoryRecalled, TaskOpened
from playground.domain.ports import Mirror
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source, Task
from playground.domain.verdicts import Check, CheckStatus, Conclusion, Verdict
from playground.orchestrator.graph import CheckStep, ReflectStep, next_step
from playground.orchestrator.nodes.test import GateNode

FILES = {
    "a.py": "def first() -> str:\n    return 'OLD'\n",
    "b.py": "from a import first\n\nUSED = first()\n",
}


class WarmWords(WordAnalyzer):
    """Finds words and stays warm.

    Attributes:
        ready: whether its server has started.
        prepared: how often one was asked for.
        compared: the files of each comparison.
        blind: whether its server finds nothing in candidates.
        trouble: what its server answers instead of findings.
        closed: whether it was closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ready = False
        self.prepared = 0
        self.compared: list[tuple[str, ...]] = []
        self.blind = False
        self.trouble = CheckStatus.OK
        self.closed = False

    def prepare(self, mirror: Mirror) -> None:
        assert mirror.repository
        self.prepared += 1

    def is_ready(self, mirror: Mirror) -> bool:
        assert mirror.root.is_dir()
        return self.ready

    def compare(
        self, base: Mirror, after: Mirror, *, before: Sequence[str], paths: Sequence[str]
    ) -> tuple[Check, Check]:
        self.compared.append(tuple(paths))
        count = len(self.calls)
        pair = self.check(base, paths=before), self.check(after, paths=paths)
        del self.calls[count:]
        if self.trouble is not CheckStatus.OK:
            return pair[0], Check(self.name, "1", self.trouble, (), "It gave up.")
        return pair[0], replace(pair[1], findings=()) if self.blind else pair[1]

    def close(self) -> None:
        self.closed = True


class PartWords(WordAnalyzer):
    """Finds words, and in parts of files none.

    Attributes:
        compared: the files of each check of parts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.compared: list[tuple[str, ...]] = []

    def check_parts(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        assert mirror.overlay
        self.compared.append(tuple(paths))
        return Check(self.name, "1", CheckStatus.OK, ())


@contextmanager
def _world(
    tmp_path: Path, words: WarmWords | PartWords, *, confirm: bool = True
) -> Generator[_World]:
    root = put(tmp_path / "repo", FILES)
    profile = replace(PROFILE, confirm_cold=confirm)
    with gate_over(tmp_path, analyzers=[words], profile=profile) as gate:
        finding = next(f for f in gate.survey(root, paths=()).findings if f.rule == "OLD")
        words.calls.clear()
        yield _World(gate, root, replace(repair_of(root, finding), region=None))


class _World:
    def __init__(self, gate: StaticGate, root: Path, task: Task) -> None:
        self.gate = gate
        self.root = root
        self.task = task

    def judge(self, *, old: str = "'OLD'", new: str = "'NEW'") -> Verdict:
        after = edited(self.root, "a.py", old=old, new=new)
        return self.gate.judge(self.task, candidate=candidate_of(self.root, after))


def test_without_a_server_a_new_start_answers_and_the_second_candidate_starts_one(
    tmp_path: Path,
) -> None:
    words = WarmWords()
    with _world(tmp_path, words) as world:
        assert world.judge().passed
        assert (words.compared, words.prepared) == ([], 0)
        assert world.judge().passed
        assert (words.compared, words.prepared) == ([], 1)
        world.gate.prepare(world.root)
        assert words.prepared == 2
    assert words.closed


def test_a_server_that_is_ready_answers_and_is_confirmed(tmp_path: Path) -> None:
    words = WarmWords()
    words.ready = True
    with _world(tmp_path, words) as world:
        assert world.judge().passed
        assert words.compared == [("a.py",)], "what says nothing to importers is not asked there"
        assert words.calls == [("a.py",)] * 2, "base and candidate, by new starts"
        assert not world.judge(new="'BAD'").passed
        assert (len(words.compared), len(words.calls)) == (2, 2), "what failed is not confirmed"
        world.judge(old="-> str:\n    return 'OLD'", new="-> int:\n    return 1")
        assert words.compared[-1] == ("a.py", "b.py")


def test_what_only_a_new_start_finds_stops_a_candidate(tmp_path: Path) -> None:
    words = WarmWords()
    words.ready = words.blind = True
    with _world(tmp_path, words) as world:
        verdict = world.judge(new="'BAD'")
        assert verdict.conclusion is Conclusion.FAILED
        assert [o.code for o in verdict.objections] == ["added"]
    lenient = WarmWords()
    lenient.ready = lenient.blind = True
    with _world(tmp_path / "two", lenient, confirm=False) as world:
        assert world.judge(new="'BAD'").passed


def test_a_server_without_an_answer_is_inconclusive(tmp_path: Path) -> None:
    words = WarmWords()
    words.ready = True
    for trouble in (CheckStatus.TIMEOUT, CheckStatus.CRASHED, CheckStatus.BAD_OUTPUT):
        words.trouble = trouble
        with _world(tmp_path / trouble, words) as world:
            verdict = world.judge()
            assert verdict.conclusion is Conclusion.INCONCLUSIVE
            assert verdict.checks[-1].status is trouble


def test_a_server_that_cannot_be_had_is_done_without(tmp_path: Path) -> None:
    words = WarmWords()
    words.ready, words.trouble = True, CheckStatus.UNAVAILABLE
    with _world(tmp_path, words) as world:
        assert world.judge().passed
        assert words.calls == [("a.py",)] * 2


def _staying() -> WarmWords:
    words = WarmWords()
    words.ready = words.blind = True
    return words


@pytest.mark.parametrize("made_by", [_staying, PartWords])
def test_of_a_batch_only_the_winner_is_confirmed_and_the_next_where_that_fails(
    tmp_path: Path, made_by: Callable[[], WarmWords | PartWords]
) -> None:
    words = made_by()
    with _world(tmp_path, words) as world:
        texts = [
            edited(world.root, "a.py", old="'OLD'", new=new)
            for new in ("unknown", "'BAD'", "'NEW'", "'NEWER'")
        ]
        batch = tuple(candidate_of(world.root, text) for text in texts)
        seen, slips, good, never = (candidate.id for candidate in batch)
        opened = TaskOpened(world.task, Policy())
        made = CandidateGenerated(Source.SAMPLES, batch)
        run, node = Run("r", (opened, MemoryRecalled(()), made)), GateNode(world.gate)
        while isinstance(step := next_step(run, run.policy), CheckStep):
            run = run.with_event(node.run(run))
    assert step == ReflectStep(good), "the first that is confirmed goes on"
    assert {name: verdict.passed for name, verdict in run.verdicts.items()} == {
        seen: False,
        slips: False,
        good: True,
    }
    assert never not in run.verdicts
    assert len(words.compared) == 2, "what the quickest proof refuses is asked no further"
    assert len(words.calls) == 3, "the base once, what slipped through, and the winner"
