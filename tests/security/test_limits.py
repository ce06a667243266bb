from __future__ import annotations

import threading
import time

import pytest

from playground.domain.errors import BadInput, Busy
from playground.security.limits import RateLimiter


def taken(limiter: RateLimiter, *, tries: int) -> int:
    passed = 0
    for _ in range(tries):
        try:
            limiter.acquire()
        except Busy:
            continue
        passed += 1
    return passed


def test_so_many_and_no_more() -> None:
    limiter = RateLimiter(3, name="requests")
    assert taken(limiter, tries=10) == 3
    with pytest.raises(Busy, match="No more than 3 requests") as caught:
        limiter.acquire()
    assert 55 < caught.value.retry_after_s <= 61


def test_a_refused_call_does_not_count_and_time_frees() -> None:
    limiter = RateLimiter(2, name="requests", window_s=1)
    assert taken(limiter, tries=50) == 2
    with pytest.raises(Busy) as caught:
        limiter.acquire()
    assert caught.value.retry_after_s < 1.1
    time.sleep(caught.value.retry_after_s + 0.02)
    limiter.acquire()


def test_waits_for_its_turn() -> None:
    limiter = RateLimiter(1, name="requests", window_s=1)
    limiter.acquire()
    began = time.monotonic()
    limiter.acquire(wait_s=5)
    assert 0.5 < time.monotonic() - began < 3


def test_does_not_wait_in_vain() -> None:
    limiter = RateLimiter(1, name="requests")
    limiter.acquire()
    began = time.monotonic()
    with pytest.raises(Busy):
        limiter.acquire(wait_s=5)
    assert time.monotonic() - began < 1


def test_threads_share_one_limit() -> None:
    limiter = RateLimiter(20, name="requests")
    passed: list[int] = []
    workers = [
        threading.Thread(target=lambda: passed.append(taken(limiter, tries=20))) for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(passed) == 20


def test_the_limit_can_change() -> None:
    limiter = RateLimiter(1, name="requests")
    assert taken(limiter, tries=5) == 1
    limiter.change(1)
    assert taken(limiter, tries=5) == 0
    limiter.change(4)
    assert limiter.per_minute == 4
    assert taken(limiter, tries=9) == 4


def test_limits_of_two_names_are_apart() -> None:
    first, second = RateLimiter(1, name="a"), RateLimiter(1, name="b")
    assert taken(first, tries=2) + taken(second, tries=2) == 2


@pytest.mark.parametrize(("amount", "window_s"), [(0, 60), (-1, 60), (1, 0)])
def test_numbers_below_one_are_refused(amount: int, window_s: int) -> None:
    with pytest.raises(BadInput, match="at least 1"):
        RateLimiter(amount, name="requests", window_s=window_s)
