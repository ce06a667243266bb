"""An engine behind the factory: breaker, limits, waiting, cost, and a quick end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import cast

import pytest
from waiting import until

from playground.domain.candidates import Cost, Usage
from playground.domain.costs import Price
from playground.domain.errors import BudgetSpent, Busy, EngineUnavailable
from playground.domain.limits import Limits
from playground.domain.ports import Chunk, Finish, GenerationRequest, Message
from playground.domain.standings import BreakerState
from playground.engines.factory.admission import Admission
from playground.engines.factory.breaker import Breaker
from playground.engines.factory.guarded import GuardedEngine
from playground.engines.factory.ledger import Books, Ledger
from playground.engines.factory.pace import Pace, SharedPace
from playground.testing.engine import FakeEngine


def request(request_id: str = "r-1", *, deadline_s: float = 600.0) -> GenerationRequest:
    messages = (Message("user", "say hello " * 4),)
    return GenerationRequest(request_id, messages, 20, deadline_s=deadline_s, run_id="r")


@dataclass
class Bench:
    """A guarded engine whose inner one does what `answer` says."""

    answer: Callable[[GenerationRequest], str] = field(default=lambda _request: "hello there you")
    limits: Limits = field(default_factory=Limits)
    price: Price | None = None
    now: float = 0.0
    waits: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def __post_init__(self) -> None:
        self.inner = FakeEngine(self._answered)
        prices = {"gpu": self.price} if self.price else {}
        ledger = Ledger(Books({"gpu": self.limits}, prices, "USD"))
        admission = Admission(
            "gpu",
            pace=Pace("gpu", limits=self.limits),
            ledger=ledger,
            waiting=lambda name, seconds: self.waits.append((name, seconds)),
        )
        breaker = Breaker(failures_max=2, rest_s=10.0, clock=lambda: self.now)
        self.engine = GuardedEngine(
            self.inner, name="gpu", breaker=breaker, admission=admission, ledger=ledger
        )

    def _answered(self, asked: GenerationRequest) -> str:
        return self.answer(asked)


def down(_request: GenerationRequest) -> str:
    raise EngineUnavailable("Nobody listens there.")


def test_a_result_says_which_engine_it_is_of_and_what_it_cost() -> None:
    price = Price(Decimal("0.5"), Decimal(2), Decimal("0.1"), "USD")
    bench = Bench(price=price)
    done = bench.engine.generate(request())
    *pieces, last = bench.engine.stream(request())
    assert done.usage == Usage(prompt=10, completion=3)
    assert (done.name, done.cost) == ("gpu", Cost("0.000011", "USD"))
    assert last.done is not None
    assert (last.done.name, last.done.cost) == ("gpu", done.cost)
    assert "".join(piece.text for piece in pieces) == done.text


def test_an_engine_that_keeps_failing_is_left_alone_and_tried_once_later() -> None:
    bench = Bench(answer=down)
    for _ in range(2):
        with pytest.raises(EngineUnavailable, match="Nobody listens"):
            bench.engine.generate(request())
    asked = len(bench.inner.asked)
    with pytest.raises(EngineUnavailable, match="asked again in 10 s; it said: Nobody listens"):
        bench.engine.generate(request())
    with pytest.raises(EngineUnavailable, match="asked again"):
        bench.engine.probe()
    assert len(bench.inner.asked) == asked
    bench.now = 10.0
    bench.answer = lambda _request: "well again"
    assert bench.engine.probe().model == "fake-1"
    assert bench.engine.breaker is BreakerState.HALF_OPEN  # being there is no proof
    assert bench.engine.generate(request()).text == "well again"
    assert bench.engine.breaker is BreakerState.CLOSED


@pytest.mark.parametrize("back", [True, False])
def test_side_by_side_calls_wait_for_the_one_that_finds_out(back: bool) -> None:
    bench = Bench(answer=down)
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            bench.engine.generate(request())
    asked = len(bench.inner.asked)
    bench.now = 10.0
    go_on = threading.Event()

    def slowly(asked: GenerationRequest) -> str:
        assert go_on.wait(60)
        return "well again" if back else down(asked)

    def call(name: str) -> str:
        try:
            return bench.engine.generate(request(name)).text
        except EngineUnavailable as error:
            return str(error)

    bench.answer = slowly
    calls = [in_background(partial(call, f"r-{number}")) for number in range(3)]
    until(lambda: len(bench.inner.asked) == asked + 1)
    assert not any(found for _, found in calls)
    go_on.set()
    for thread, _ in calls:
        thread.join(60)
    said = sorted(str(found[0]) for _, found in calls)
    if back:
        assert said == ["well again"] * 3
    else:
        assert len(bench.inner.asked) == asked + 1
        assert said[0] == "Nobody listens there."
        assert all("is asked again in 10 s" in one for one in said[1:])


def test_a_dropped_answer_says_nothing_about_the_engine() -> None:
    bench = Bench(answer=down)
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            bench.engine.generate(request())
    bench.now = 10.0
    bench.answer = lambda _request: "never read to its end"
    with closing(cast("_Closing", bench.engine.stream(request()))) as chunks:
        next(iter(cast("Iterator[Chunk]", chunks)))
    assert bench.engine.breaker is BreakerState.HALF_OPEN
    assert bench.engine.health(deep=True).state == "ready"
    assert bench.engine.breaker is BreakerState.CLOSED


class _Closing:
    def close(self) -> None: ...


def test_a_budget_lets_in_what_fits_and_refuses_the_rest_unasked() -> None:
    bench = Bench(limits=Limits(tokens_per_session=60))
    bench.engine.generate(request())  # up to 38 tokens, 13 in the end
    assert bench.engine.left == ("47 tokens of 60 tokens a session",)
    bench.engine.generate(request())
    with pytest.raises(BudgetSpent, match=r"limits\.tokens_per_session or start anew"):
        bench.engine.generate(request())
    assert len(bench.inner.asked) == 2


def test_a_call_that_failed_or_was_cancelled_is_counted_for_what_it_used() -> None:
    bench = Bench(limits=Limits(tokens_per_session=100), answer=down)
    with pytest.raises(EngineUnavailable):
        bench.engine.generate(request())
    assert bench.engine.left == ("100 tokens of 100 tokens a session",)
    bench.answer = lambda _request: "one two"
    with closing(cast("_Closing", bench.engine.stream(request()))) as chunks:
        next(iter(cast("Iterator[Chunk]", chunks)))
    assert bench.engine.left == ("81 tokens of 100 tokens a session",)  # its prompt and one piece


def in_background(call: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    found: list[object] = []

    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    return thread, found


@pytest.mark.parametrize(
    "limits", [Limits(requests_per_minute=1), Limits(tokens_per_minute=40)], ids=["calls", "tokens"]
)
def test_waiting_is_told_and_cancelled_at_once(limits: Limits) -> None:
    bench = Bench(limits=limits)
    bench.engine.generate(request("first"))
    thread, found = in_background(lambda: bench.engine.generate(request("second")))
    until(lambda: bool(bench.waits))
    name, seconds = bench.waits[0]
    assert name == "gpu"
    assert 0 < seconds <= 60
    started = time.monotonic()
    assert bench.engine.cancel("second")
    thread.join(60)
    assert time.monotonic() - started < seconds / 2  # it would have waited longer
    (done,) = found
    assert getattr(done, "finish", None) is Finish.CANCELLED
    assert len(bench.inner.asked) == 1
    assert not bench.engine.cancel("second")


def test_closing_ends_the_waiting() -> None:
    bench = Bench(limits=Limits(requests_per_minute=1))
    bench.engine.generate(request("first"))
    thread, found = in_background(lambda: bench.engine.generate(request("second")))
    until(lambda: bool(bench.waits))
    bench.engine.close()
    thread.join(60)
    assert getattr(found[0], "finish", None) is Finish.CANCELLED
    with pytest.raises(EngineUnavailable, match="closed"):
        bench.engine.generate(request("third"))


def test_a_turn_that_comes_too_late_is_busy_and_a_call_that_never_fits_says_so() -> None:
    bench = Bench(limits=Limits(requests_per_minute=1))
    bench.engine.generate(request())
    with pytest.raises(Busy, match="The limit of gpu per minute is reached; wait"):
        bench.engine.generate(request(deadline_s=1.0))
    bench = Bench(limits=Limits(tokens_per_minute=37))
    with pytest.raises(BudgetSpent, match="may take 38 tokens and 37 are allowed in a minute"):
        bench.engine.generate(request())


def test_all_engines_share_the_calls_of_a_minute_and_its_change_is_felt() -> None:
    most = [2]
    shared = SharedPace(lambda: most[0])
    paces = [Pace(name, limits=Limits(), shared=shared) for name in ("a", "b", "c")]
    assert [pace.wait_s(0) for pace in paces[:2]] == [0.0, 0.0]
    assert paces[2].wait_s(0) > 0
    most[0] = 3
    assert paces[2].wait_s(0) == 0.0


def test_a_minute_is_a_minute_whatever_the_wall_clock_says() -> None:
    now = [1_000.0]
    limits = Limits(requests_per_minute=2, tokens_per_minute=100)
    pace = Pace("gpu", limits=limits, clock=lambda: now[0])
    assert pace.wait_s(60) == 0.0
    now[0] += 20
    assert pace.wait_s(50) == pytest.approx(40)
    assert pace.wait_s(40) == 0.0
    assert pace.left() == ["0 of 2 requests in this minute", "0 of 100 tokens in this minute"]
    assert pace.wait_s(1) == pytest.approx(40)
    now[0] += 40
    assert pace.wait_s(60) == 0.0
    assert pace.wait_s(70) == pytest.approx(60)  # neither the second nor the third leaves room


def test_a_limit_that_is_lowered_counts_what_was_called_before() -> None:
    now, most = [0.0], [60]
    shared = SharedPace(lambda: most[0], clock=lambda: now[0])
    assert [shared.wait_s() for _ in range(3)] == [0.0] * 3
    most[0] = 2
    assert shared.wait_s() == pytest.approx(60)
    now[0] = 60.0
    assert shared.wait_s() == 0.0


def test_limits_of_a_minute_show_what_is_left() -> None:
    bench = Bench(limits=Limits(requests_per_minute=3, tokens_per_minute=100))
    bench.engine.generate(request())
    assert bench.engine.left == (
        "2 of 3 requests in this minute",
        "62 of 100 tokens in this minute",
    )
