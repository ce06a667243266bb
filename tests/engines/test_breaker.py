"""The circuit breaker against a model of it that counts in plain words."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from playground.domain.standings import BreakerState
from playground.engines.factory.breaker import Breaker, Pass

REST_S = 10.0


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def breaker(clock: Clock, *, failures_max: int = 3) -> Breaker:
    return Breaker(failures_max=failures_max, rest_s=REST_S, clock=clock)


CALLS = st.tuples(st.sampled_from(["succeeds", "fails", "is dropped"]), st.floats(0, 15))


@given(st.integers(1, 4), st.lists(CALLS, max_size=40))
def test_calls_one_after_another(failures_max: int, calls: list[tuple[str, float]]) -> None:
    clock = Clock()
    made = breaker(clock, failures_max=failures_max)
    row, opened = 0, None
    for outcome, pause in calls:
        clock.now += pause
        may = opened is None or clock.now >= opened + REST_S
        let_through = made.enter()
        assert (let_through.wait_s == 0.0) is may
        if not may:
            assert made.state is BreakerState.OPEN
            continue
        if outcome == "succeeds":
            made.succeeded()
            row, opened = 0, None
            assert made.state is BreakerState.CLOSED
        elif outcome == "fails":
            made.failed("no answer", trial=let_through.trial)
            row += 1
            if row >= failures_max or opened is not None:
                opened = clock.now
            assert (made.state is BreakerState.OPEN) is (opened is not None)
        else:
            made.abandoned(trial=let_through.trial)


def test_after_the_rest_one_call_goes_ahead_and_the_others_wait_for_it() -> None:
    clock = Clock()
    made = breaker(clock, failures_max=1)
    made.enter()
    made.failed("it hung")
    assert made.reason == "it hung"
    assert made.enter().wait_s == REST_S
    clock.now = REST_S
    assert made.state is BreakerState.HALF_OPEN
    gate = threading.Barrier(8)
    waits: list[float] = []

    def ask() -> None:
        gate.wait()
        waits.append(made.enter().wait_s)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits).count(0.0) == 1
    made.abandoned(trial=True)
    assert made.enter() == Pass(trial=True)
    made.failed("again", trial=True)
    assert made.state is BreakerState.OPEN
    clock.now += REST_S
    assert made.enter() == Pass(trial=True)
    made.succeeded()
    assert (made.state, made.reason) == (BreakerState.CLOSED, "")


def test_an_older_call_that_ends_lets_nobody_beside_the_one_that_finds_out() -> None:
    clock = Clock()
    made = breaker(clock, failures_max=1)
    older = [made.enter(), made.enter()]
    made.enter()
    made.failed("it hung")
    clock.now = REST_S
    assert made.enter() == Pass(trial=True)
    made.abandoned(trial=older[0].trial)
    made.failed("it hung too", trial=older[1].trial)
    assert made.state is BreakerState.HALF_OPEN
    assert made.enter().wait_s > 0
    made.succeeded()
    assert made.enter() == Pass()


def test_a_look_that_fails_after_the_rest_opens_it_again() -> None:
    clock = Clock()
    made = breaker(clock, failures_max=1)
    made.failed("it hung")
    clock.now = REST_S
    made.failed("nobody is there")
    assert made.state is BreakerState.OPEN
