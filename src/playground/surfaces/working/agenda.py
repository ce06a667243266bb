"""Whose turn it is: what costs nothing first, then what a model is asked about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from playground.campaigns.joining import overlap
from playground.campaigns.planning import Plan
from playground.domain.findings import Finding
from playground.domain.tasks import Task
from playground.surfaces.rendering.sentences import place

_UNBOUNDED = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One finding's turn.

    Attributes:
        task: what is to be done.
        finding: what it is about.
        may_ask: whether a model may be asked, or the run stops before that and gets another turn.
        number: of the findings that had a turn, from 1.
        total: findings that will have had a turn at the end, as far as is known.
        spent_s: wall seconds of its first turn.
    """

    task: Task
    finding: Finding
    may_ask: bool
    number: int
    total: int
    spent_s: float = 0.0

    @property
    def label(self) -> str:
        """The turn in words."""
        return f"[{self.number}/{self.total}] {self.finding.rule} {place(self.finding)}"


@dataclass(frozen=True, slots=True)
class _PutOff:
    """A finding whose cheap repairs did not do, at its first turn."""

    path: str
    run_id: str
    number: int
    spent_s: float


class Agenda:
    """The findings of one command that are still to be worked on.

    One with a repair at hand gets a first turn in which no model is asked, so that a person sees
    all that costs nothing before they wait for a model. Where that repair does not do, the same
    run goes on when it is its turn again.

    Args:
        most: findings that get a turn at most, None for all.
    """

    def __init__(self, most: int | None) -> None:
        self._most = _UNBOUNDED if most is None else most
        self._course = Plan((), ())
        self._taken: set[str] = set()
        self._put_off: dict[str, _PutOff] = {}
        self._begun = 0

    def plan(self, course: Plan) -> None:
        """Takes a plan over the files as they are now."""
        self._course = course
        self._taken |= {finding.fingerprint for finding, _reason in course.left}

    @property
    def expected(self) -> int:
        """How many findings will get a turn that had none, as far as is known."""
        fresh = sum(finding.fingerprint not in self._put_off for _task, finding in self._open())
        return min(fresh, self._most - self._begun)

    @property
    def left(self) -> int:
        """How many findings are not settled."""
        return len(self._open())

    def next(self, clear_of: Sequence[Task] = ()) -> Turn | None:
        """Returns the next turn, whose finding is nobody else's from now on; None at the end.

        Args:
            clear_of: tasks whose lines it must not touch.
        """
        is_full = self._begun >= self._most
        second: tuple[Task, Finding] | None = None
        for task, finding in self._open():
            is_fresh = finding.fingerprint not in self._put_off
            if (is_fresh and is_full) or any(overlap(task, other) for other in clear_of):
                continue
            if is_fresh and finding.fingerprint in self._course.at_hand:
                return self._turn(task, finding, may_ask=False)
            second = second or (task, finding)
        return None if second is None else self._turn(*second, may_ask=True)

    def begin(self, turn: Turn) -> None:
        """Counts a turn that is used."""
        self._begun = max(self._begun, turn.number)

    def unused(self, turn: Turn) -> None:
        """Takes a turn that nothing was done with as not begun, where it was the newest."""
        is_fresh = turn.finding.fingerprint not in self._put_off
        self._begun -= is_fresh and turn.number == self._begun

    def give_back(self, turn: Turn) -> None:
        """Lets a turn of which nothing came be taken again."""
        self.unused(turn)
        self._taken.discard(turn.finding.fingerprint)

    def put_off(self, turn: Turn, *, run_id: str, seconds: float) -> None:
        """Gives a finding another turn, in which a model may be asked."""
        fingerprint = turn.finding.fingerprint
        self._put_off[fingerprint] = _PutOff(turn.finding.path, run_id, turn.number, seconds)
        self._taken.discard(fingerprint)

    def changed(self, paths: Collection[str], *, fixed: Collection[str]) -> list[str]:
        """Takes note of changed files.

        Args:
            paths: of the files.
            fixed: fingerprints of findings that are gone: one with the same is another one now.

        Returns:
            The ids of the runs that were put off and are about what the files were before.
        """
        self._taken.difference_update(fixed)
        runs = [one.run_id for one in self._put_off.values() if one.run_id and one.path in paths]
        for fingerprint, one in self._put_off.items():
            if one.path in paths:
                self._put_off[fingerprint] = _PutOff(one.path, "", one.number, one.spent_s)
        return runs

    def _open(self) -> list[tuple[Task, Finding]]:
        tasks = ((task, task.finding) for task in self._course.tasks)
        return [(t, f) for t, f in tasks if f is not None and f.fingerprint not in self._taken]

    def _turn(self, task: Task, finding: Finding, *, may_ask: bool) -> Turn:
        total = self._begun + self.expected
        before = self._put_off.get(finding.fingerprint)
        self._taken.add(finding.fingerprint)
        if before is None:
            return Turn(task, finding, may_ask, self._begun + 1, total)
        return Turn(task, finding, may_ask, before.number, total, before.spent_s)
