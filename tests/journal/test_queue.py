"""The queue of one process."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from playground.campaigns.queue import LocalQueue
from playground.domain.ports import Queue


def test_highest_priority_first_then_oldest() -> None:
    queue: Queue = LocalQueue()
    for run_id, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5)):
        assert queue.put(run_id, priority=priority)
    assert [queue.claim() for _ in range(5)] == ["b", "d", "a", "c", None]


def test_a_run_is_never_queued_twice_at_once() -> None:
    queue = LocalQueue()
    assert queue.put("a")
    assert not queue.put("a", priority=9)
    queue.done("a")
    assert not queue.put("a")
    assert queue.claim() == "a"
    assert not queue.put("a")
    queue.done("a")
    assert queue.put("a")


def test_giving_up_what_was_never_claimed_is_harmless() -> None:
    queue = LocalQueue()
    queue.done("a")
    assert queue.claim() is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-3, 3))))
def test_claims_are_sorted_and_unique(puts: list[tuple[str, int]]) -> None:
    queue = LocalQueue()
    taken = [
        (run_id, priority) for run_id, priority in puts if queue.put(run_id, priority=priority)
    ]
    claims: list[str] = []
    while (run_id := queue.claim()) is not None:
        claims.append(run_id)
    assert claims == [run_id for run_id, _ in sorted(taken, key=lambda pair: -pair[1])]


def test_threads_share_the_work_without_repeating_it() -> None:
    queue = LocalQueue()
    for number in range(400):
        queue.put(str(number))
    claimed: list[str] = []

    def work() -> None:
        while (run_id := queue.claim()) is not None:
            claimed.append(run_id)
            queue.done(run_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed, key=int) == [str(number) for number in range(400)]
