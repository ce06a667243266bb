"""The real command, killed with a signal that nobody can catch, and started again."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from e2e_world import (
    HEADLESS,
    QUESTION,
    RUFF_ONLY,
    Ended,
    Machine,
    chance,
    ended,
    finish,
    kill,
    recorded_requests,
    show,
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

ANSWER_S = 0.05
FINDINGS = 6


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


@dataclass
class Course:
    """One command, killed and started again until it ends by itself."""

    machine: Machine
    kills: list[Seen] = field(default_factory=list[Seen])

    def run(self, moments_s: Iterator[float], *, kills_max: int) -> Ended:
        """Returns how the command ended at last; it is killed at moments after its start."""
        while len(self.kills) < kills_max:
            process = self.machine.start(*HEADLESS)
            time.sleep(next(moments_s))
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
    moments_s = (calm_s * chance(seed, number) for number in count())
    tally = Tally()
    while tally.kills < kills:
        machine = Machine(folder / f"killed-{tally.scenarios}")
        machine.prepare(delay_s=ANSWER_S, settings=settings)
        before = machine.tree()
        course = Course(machine)
        end = course.run(moments_s, kills_max=kills - tally.kills)
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
    show(tally)
    assert (tally.lost, tally.repeated_after_record) == (0, 0)
    return tally


def diffs(end: Ended) -> dict[object, object]:
    """Returns what was proposed for each file."""
    return {line["path"]: line["diff"] for line in end.results}


@pytest.mark.slow
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


@dataclass
class Person:
    """Approves proposals while the process dies, then looks whether all is well.

    Attributes:
        machine: where.
        tally: what happened.
        done: runs of earlier approvals.
        learns: whether memory is on.
    """

    machine: Machine
    tally: Approvals
    learns: bool
    done: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.before = self.machine.tree()

    def approve_and_die(self, *, delay_s: float) -> None:
        """Types `a` at the first question and kills the process shortly after."""
        child = self.machine.terminal("improve", ".", "--max", "1")
        child.expect(QUESTION)
        child.sendline("a")
        time.sleep(delay_s)
        child.kill(signal.SIGKILL)
        child.wait()
        child.close()

    def review(self) -> None:
        """Walks through what waits and approves it."""
        child = self.machine.terminal("review")
        while child.expect([QUESTION, "No proposal is waiting"]) == 0:
            child.sendline("a")
        assert finish(child) == 0

    def newest(self) -> Run:
        """Returns the one run that is not done yet."""
        (run,) = (run for run in self.machine.runs() if run.id not in self.done)
        return run

    def survive(self, *, delay_s: float) -> None:
        """One approval, cut off; the next deciding command finishes what was decided."""
        old = self.machine.tree()
        self.approve_and_die(delay_s=delay_s)
        cut = self.newest()
        new = {p: digest for p, digest in self.machine.tree().items() if ".playground-" not in p}
        self.count(cut, written=new != old)
        assert cut.decision is not None or self.machine.tree() == old
        self.expect_whole(cut, old=old, new=new)

        self.review()  # finishes what was decided, else asks again
        run = self.newest()
        assert run.events[: len(cut.events)] == cut.events
        self.expect_applied(run, old=old)

        assert self.machine.audit().problems == ()
        assert self.machine.leftovers() == []
        self.done.add(run.id)

    def take_back(self) -> None:
        """Undoes every change; no later command uses an approval a second time."""
        for run_id in sorted(self.done):
            assert finish(self.machine.terminal("undo", run_id)) == 0
        self.review()
        assert self.machine.tree() == self.before
        for run in self.machine.runs():
            assert (kinds(run)[ChangeApplied], kinds(run)[ChangeUndone]) == (1, 1)

    def count(self, run: Run, *, written: bool) -> None:
        """Notes at what moment the process died."""
        decided = run.decision is not None
        self.tally.undecided += not decided
        self.tally.decided_not_written += decided and not written
        self.tally.written_not_ended += written and run.ended is None
        self.tally.ended += run.ended is not None

    def expect_whole(self, run: Run, *, old: dict[str, str], new: dict[str, str]) -> None:
        """Every file is as before or holds the whole change, and nothing else changed."""
        assert run.proposal is not None
        after = {change.path: change.after_sha256 for change in run.proposal.patch.files}
        for path in {*old, *new}:
            assert new[path] == old[path] or new[path] == after[path]

    def expect_applied(self, run: Run, *, old: dict[str, str]) -> None:
        """The change is on disk, decided once, written once, learned once."""
        assert run.ended is not None
        assert run.ended.outcome == "applied"
        for kind in (DecisionTaken, ChangeApplied, EpisodeLearned):
            assert kinds(run)[kind] == 1
        assert run.proposal is not None
        after = {change.path: change.after_sha256 for change in run.proposal.patch.files}
        assert self.machine.tree() == {**old, **after}
        memory = MemoryStore(self.machine.folder / "data" / "playground" / "memory")
        assert memory.count() == (len(self.done) + 1 if self.learns else 0)
        memory.close()


def kinds(run: Run) -> Counter[type[Event]]:
    return Counter(map(type, run.events))


def approve_under_fire(folder: Path, *, kills: int, seed: int, learns: bool) -> Approvals:
    tally, busy = Approvals(), 1.0
    people: list[Person] = []
    for number in range(kills):
        if number % FINDINGS == 0:
            machine = Machine(folder / str(number))
            machine.prepare(settings={**RUFF_ONLY, "memory": {"enabled": learns}})
            people.append(Person(machine, tally, learns))
        # Most of what matters happens at once; a busy machine needs longer for it.
        people[-1].survive(delay_s=busy * 0.3 * chance(seed, number) ** 3)
        if tally.undecided == number + 1:
            busy *= 1.5
    for person in people:
        person.take_back()
    show(tally)
    return tally


@pytest.mark.slow
def test_an_approval_that_is_cut_off_is_used_once_or_asked_for_again(tmp_path: Path) -> None:
    approve_under_fire(tmp_path, kills=2, seed=3, learns=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_approvals_that_are_cut_off(tmp_path: Path) -> None:
    tally = approve_under_fire(tmp_path, kills=30, seed=4, learns=True)
    assert tally.undecided < 30  # some kills came after the decision
