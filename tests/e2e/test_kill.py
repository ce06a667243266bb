"""The real command, killed with a signal that nobody can catch, and started again."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from e2e_world import (
    HEADLESS,
    QUESTION,
    RUFF_ONLY,
    Ended,
    Machine,
    ended,
    finish,
    kill,
    recorded_requests,
)

from playground.domain.events import (
    ChangeApplied,
    ChangeUndone,
    DecisionTaken,
    EpisodeLearned,
    Event,
    ProposalMade,
)
from playground.domain.runs import Run
from playground.memory import MemoryStore

ANSWER_S = 0.1


@dataclass(frozen=True)
class Seen:
    """What lay on the disk right after a kill."""

    asked: Sequence[str]
    recorded: frozenset[str]
    events: Mapping[str, tuple[Event, ...]]

    @property
    def in_flight(self) -> set[str]:
        """Requests that were asked and whose answers are not recorded."""
        return set(self.asked) - self.recorded


def seen_on(machine: Machine) -> Seen:
    runs = machine.runs()
    events = {run.id: run.events for run in runs}
    return Seen(machine.asked, frozenset(recorded_requests(runs)), events)


@dataclass
class Tally:
    """Sums over all scenarios of a test."""

    kills: int = 0
    scenarios: int = 0
    events: int = 0
    calls: int = 0
    repeated_in_flight: int = 0
    lost: int = 0
    repeated_after_record: int = 0

    def show(self) -> None:
        """Prints the table."""
        print()
        for name, value in vars(self).items():
            print(f"{name.replace('_', ' '):>24} {value}")


@dataclass
class Course:
    """One command, killed and started again until it ends by itself."""

    machine: Machine
    kills: list[Seen] = field(default_factory=list[Seen])

    def run(self, chance: random.Random, *, calm_s: float, kills_max: int) -> Ended:
        """Returns how the command ended at last."""
        while len(self.kills) < kills_max:
            process = self.machine.start(*HEADLESS)
            time.sleep(chance.uniform(0, calm_s))
            if process.poll() is not None:
                return ended(process)
            if kill(process):
                self.kills.append(seen_on(self.machine))
        return self.machine.improve()

    def add_to(self, tally: Tally) -> None:
        """Counts what happened."""
        final = seen_on(self.machine)
        tally.scenarios += 1
        tally.kills += len(self.kills)
        tally.events += sum(map(len, final.events.values()))
        tally.calls += len(final.asked)
        tally.repeated_in_flight += len(final.asked) - len(set(final.asked))
        tally.lost += len(final.in_flight) + sum(lost(seen, final) for seen in self.kills)
        tally.repeated_after_record += sum(repeated(seen, final) for seen in self.kills)

    def bounds_on_calls(self) -> dict[str, int]:
        """Returns how often each request may have been asked: again after each kill in flight."""
        bounds = Counter(self.machine.asked)
        return {asked: 1 + sum(asked in seen.in_flight for seen in self.kills) for asked in bounds}


def lost(seen: Seen, final: Seen) -> int:
    """Returns how many events were recorded then and are not, or not the same, now."""
    return sum(
        final.events.get(run, ())[: len(events)] != events for run, events in seen.events.items()
    )


def repeated(seen: Seen, final: Seen) -> int:
    """Returns how many calls after the kill asked for what was recorded before it."""
    return sum(asked in seen.recorded for asked in final.asked[len(seen.asked) :])


def settled(run: Run) -> bool:
    """True when the run made exactly one proposal, which waits."""
    made = [e for e in run.events if isinstance(e, ProposalMade)]
    return len(made) == 1 and run.waiting is not None


def survive(
    folder: Path, *, kills: int, seed: int, settings: Mapping[str, object] | None = None
) -> Tally:
    """Kills as often as asked for, on as many repositories as that takes."""
    calm = Machine(folder / "calm")
    calm.prepare(delay_s=ANSWER_S, settings=settings)
    started = time.monotonic()
    expected = calm.improve()
    calm_s = time.monotonic() - started
    assert expected.code == 0, expected.err
    chance = random.Random(seed)
    tally = Tally()
    while tally.kills < kills:
        machine = Machine(folder / f"killed-{tally.scenarios}")
        machine.prepare(delay_s=ANSWER_S, settings=settings)
        before = machine.tree()
        course = Course(machine)
        end = course.run(chance, calm_s=calm_s, kills_max=kills - tally.kills)
        assert (end.code, end.outcomes) == (0, ["proposed"] * len(expected.results)), end.err
        assert diffs(end) == diffs(expected)
        runs = machine.runs()
        assert len(runs) == len({run.task.key for run in runs}) == len(expected.results)
        assert all(map(settled, runs))
        assert machine.audit().problems == ()
        assert machine.tree() == before
        for request, bound in course.bounds_on_calls().items():
            assert machine.asked.count(request) <= bound, request
        for seen in course.kills:  # one step is in flight at a time, its samples side by side
            assert len({request.rsplit("-", 1)[0] for request in seen.in_flight}) <= 1
        machine.wait_for_orphans()
        assert machine.leftovers() == []
        course.add_to(tally)
    tally.show()
    assert (tally.lost, tally.repeated_after_record) == (0, 0)
    return tally


def diffs(end: Ended) -> dict[object, object]:
    """Returns what was proposed for each file."""
    return {line["path"]: line["diff"] for line in end.results}


def test_five_kills_lose_nothing_and_repeat_nothing_recorded(tmp_path: Path) -> None:
    assert survive(tmp_path, kills=5, seed=1, settings=RUFF_ONLY).kills == 5


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_thirty_kills_lose_nothing_and_repeat_nothing_recorded(tmp_path: Path) -> None:
    assert survive(tmp_path, kills=30, seed=2).kills == 30


@dataclass
class Approvals:
    """How approvals that were cut off ended."""

    undecided: int = 0
    decided_not_written: int = 0
    written_not_ended: int = 0
    ended: int = 0


def approve_and_die(machine: Machine, *, delay_s: float) -> None:
    """Types `a` at the first question and kills the process shortly after."""
    child = machine.terminal("improve", ".", "--max", "1")
    child.expect(QUESTION)
    child.sendline("a")
    time.sleep(delay_s)
    child.kill(9)
    child.wait()
    child.close()


def review(machine: Machine, *, answer: str) -> None:
    """Walks through what waits, giving the same answer to each proposal."""
    child = machine.terminal("review")
    while child.expect([QUESTION, "No proposal is waiting", r"waiting\."]) == 0:
        child.sendline(answer)
    assert finish(child) == 0


def kinds(run: Run) -> Counter[type[Event]]:
    return Counter(map(type, run.events))


def survive_approval(machine: Machine, tally: Approvals, *, delay_s: float) -> None:
    """One approval, cut off; the next deciding command finishes what was decided."""
    old = machine.tree()
    approve_and_die(machine, delay_s=delay_s)
    (run,) = machine.runs()
    decided = run.decision is not None
    changed = [path for path, digest in machine.tree().items() if old.get(path) != digest]
    written = {p for p in changed if ".playground-" not in p}
    tally.undecided += not decided
    tally.decided_not_written += decided and not written
    tally.written_not_ended += bool(written) and run.ended is None
    tally.ended += run.ended is not None
    assert decided or not changed
    expect_whole(machine, run, written)

    review(machine, answer="a")  # finishes what was decided, else asks again
    (run,) = machine.runs()
    path = expect_applied(machine, run)
    new = machine.tree()
    assert {p for p in new if old.get(p) != new[p]} == {path}

    review(machine, answer="a")  # nothing is left to use the approval for
    undone = machine.terminal("undo", run.id)
    assert finish(undone) == 0
    review(machine, answer="a")
    (run,) = machine.runs()
    assert machine.tree() == old
    assert (kinds(run)[ChangeApplied], kinds(run)[ChangeUndone]) == (1, 1)
    assert machine.audit().problems == ()
    assert machine.leftovers() == []


def expect_whole(machine: Machine, run: Run, written: set[str]) -> None:
    """A file that was touched holds the whole change."""
    assert run.proposal is not None
    for change in run.proposal.patch.files:
        text = (machine.root / change.path).read_text()
        assert text in (machine.files[change.path], change.applied_to(original(machine, change.path)))
    assert written <= set(run.proposal.patch.paths)


def original(machine: Machine, path: str) -> str:
    text = machine.files[path]
    return text.decode() if isinstance(text, bytes) else text


def expect_applied(machine: Machine, run: Run) -> str:
    """The change is on disk once, decided once, learned once; returns the file's path."""
    assert run.ended is not None
    assert run.ended.outcome == "applied"
    assert kinds(run)[DecisionTaken] == kinds(run)[ChangeApplied] == kinds(run)[EpisodeLearned] == 1
    assert run.proposal is not None
    (change,) = run.proposal.patch.files
    expected = change.applied_to(original(machine, change.path))
    assert (machine.root / change.path).read_text() == expected
    memory = MemoryStore(machine.folder / "data" / "playground" / "memory")
    assert memory.count() == 1
    memory.close()
    return change.path


def approve_under_fire(folder: Path, *, kills: int, seed: int) -> Approvals:
    chance = random.Random(seed)
    tally = Approvals()
    for number in range(kills):
        machine = Machine(folder / str(number))
        machine.prepare(settings=RUFF_ONLY)
        delay_s = 0.3 * chance.random() ** 3  # most of what matters happens at once
        survive_approval(machine, tally, delay_s=delay_s)
    print()
    for name, value in vars(tally).items():
        print(f"{name.replace('_', ' '):>24} {value}")
    return tally


def test_an_approval_that_is_cut_off_is_used_once_or_asked_for_again(tmp_path: Path) -> None:
    approve_under_fire(tmp_path, kills=2, seed=3)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_approvals_that_are_cut_off(tmp_path: Path) -> None:
    tally = approve_under_fire(tmp_path, kills=30, seed=4)
    assert tally.undecided < 30  # some kills came after the decision
