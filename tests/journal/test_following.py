"""Whoever follows a journal hears of every event of a run once, in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from playground.domain.errors import StorageUnavailable
from playground.domain.events import EvidenceAdded, Recorded, TaskOpened
from playground.domain.recording import Follower, RecordsAround
from playground.domain.tasks import Policy, Task, TaskKind
from playground.testing.journal import MemoryJournal


class Shared(RecordsAround):
    """A journal in which every second position is another stream's, and which may go away."""

    lasts = 0

    def position(self) -> int:
        return 2 * super().position() + 1

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterator[tuple[int, Recorded]]:
        for read, (position, record) in enumerate(super().tail(after=after // 2, since=since)):
            if read >= self.lasts:
                raise StorageUnavailable("gone")
            yield 2 * position, record


def shared() -> Shared:
    """Returns an empty journal whose clock shows how many events it has."""
    return Shared(MemoryJournal(clock=map(float, count()).__next__))


def grow(journal: Shared) -> None:
    """Records one event more."""
    opened = TaskOpened(Task("/r", TaskKind.REQUEST, "g", ()), Policy())
    seq = journal.position() // 2
    journal.append("run", seq=seq, event=EvidenceAdded("n", "c", (str(seq),)) if seq else opened)


def heard(follower: Follower, journal: Shared, *, lasts: int = 1_000) -> list[int]:
    """Returns the numbers of the events that one look hears of before the journal goes away."""
    journal.lasts = lasts
    numbers: list[int] = []
    with suppress(StorageUnavailable):
        numbers.extend(record.seq for record in follower.news())
    return numbers


@given(st.integers(0, 4), st.booleans(), st.lists(st.none() | st.integers(0, 3), max_size=30))
def test_every_event_is_heard_of_once(before: int, whole: bool, steps: list[int | None]) -> None:
    """Events are recorded and looked for in any order; a number is a look that breaks off there."""
    journal = shared()
    for _ in range(before):
        grow(journal)
    follower = Follower(journal, after=0 if whole else None)
    numbers: list[int] = []
    for step in steps:
        if step is None:
            grow(journal)
        else:
            numbers += heard(follower, journal, lasts=step)
    numbers += heard(follower, journal)
    assert numbers == list(range(0 if whole else before, journal.position() // 2))
    assert heard(follower, journal) == []


def test_what_is_older_than_asked_for_is_passed_by_for_good() -> None:
    journal = shared()
    for _ in range(4):
        grow(journal)
    journal.lasts = 1_000
    follower = Follower(journal, after=0)
    assert [record.seq for record in follower.news(since=2.0)] == [2, 3]
    assert heard(follower, journal) == []
