"""Budgets are never exceeded, and the journal is what a new process counts from."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.candidates import Cost, Provenance, Refused, Usage
from playground.domain.costs import Price
from playground.domain.errors import BudgetSpent
from playground.domain.events import CandidateGenerated, TaskOpened
from playground.domain.limits import Limits
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.engines.factory.ledger import ALL, Books, Ledger
from playground.testing.journal import MemoryJournal

PRICE = Price(Decimal("0.14"), Decimal("0.28"), Decimal("0.014"), "USD")
USAGES = st.builds(
    Usage, prompt=st.integers(0, 3_000), cached=st.integers(0, 3_000), completion=st.integers(0, 9)
)


@dataclass
class Clock:
    now: float = 86_400.0 * 100 + 5

    def __call__(self) -> float:
        return self.now


def books(**limits: Limits) -> Books:
    named = {ALL if name == "everything" else name: bound for name, bound in limits.items()}
    return Books(named, {"paid": PRICE}, "USD")


@given(st.lists(USAGES, min_size=1, max_size=30))
def test_costs_add_up_to_the_last_digit(usages: list[Usage]) -> None:
    total, together = Cost(), Usage()
    for usage in usages:
        cached = Usage(usage.prompt, min(usage.cached, usage.prompt), usage.completion)
        total += PRICE.of(cached)
        together += cached
    assert total == PRICE.of(together)
    read = together.prompt - together.cached
    millionths = read * 140_000 + together.cached * 14_000 + together.completion * 280_000
    assert total.value == Decimal(millionths) / 10**12


@given(
    st.lists(st.tuples(st.sampled_from(["paid", "free"]), USAGES, USAGES, st.booleans())),
    st.integers(1, 20_000),
    st.integers(1, 20_000),
)
def test_no_order_of_calls_exceeds_a_budget(
    calls: list[tuple[str, Usage, Usage, bool]], each: int, every: int
) -> None:
    limits = books(
        paid=Limits(tokens_per_day=each, money_per_session=Decimal("0.001")),
        everything=Limits(tokens_per_session=every),
    )
    ledger = Ledger(limits, journal=MemoryJournal(), clock=Clock())
    used, paid, money = 0, 0, Decimal(0)
    for engine, most, part, at_once in calls:
        try:
            entry = ledger.reserve(engine, run_id="r", most=most)
        except BudgetSpent:
            continue
        spent = Usage(min(most.prompt, part.prompt), 0, min(most.completion, part.completion))
        if at_once:
            ledger.settle(entry, spent)
            ledger.settle(entry, most)  # the second time it counts for nothing
        used += spent.total
        paid += spent.total if engine == "paid" else 0
        money += ledger.cost(engine, spent).value
    assert paid <= each
    assert used <= every
    assert money <= Decimal("0.001")


def test_side_by_side_calls_do_not_exceed_it_either() -> None:
    ledger = Ledger(books(free=Limits(tokens_per_session=100)))
    let_in: list[object] = []
    gate = threading.Barrier(8)

    def call() -> None:
        gate.wait()
        for _ in range(10):
            try:
                let_in.append(ledger.reserve("free", run_id="", most=Usage(5, 0, 4)))
            except BudgetSpent:
                return

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_in) == 11


def recorded(journal: MemoryJournal, run_id: str, *spent: Provenance) -> None:
    task = Task("/repo", TaskKind.REQUEST, run_id, ())
    journal.append(run_id, seq=0, event=TaskOpened(task, Policy()))
    drafts = tuple(Refused("malformed", "it is no code", provenance) for provenance in spent)
    journal.append(run_id, seq=1, event=CandidateGenerated(Source.ENGINE, drafts))


def made(name: str, *, tokens: int, money: str = "", currency: str = "USD") -> Provenance:
    cost = Cost(money, currency if money else "")
    return Provenance(Source.ENGINE, "x", "m", usage=Usage(tokens), name=name, cost=cost)


def test_a_new_process_counts_what_all_processes_recorded_today() -> None:
    clock = Clock(86_400.0 * 99 + 9)
    journal = MemoryJournal(clock=clock)
    recorded(journal, "yesterday", made("paid", tokens=900, money="9"))
    clock.now += 86_400
    recorded(journal, "today", made("paid", tokens=60, money="0.5"), made("free", tokens=7))
    recorded(journal, "older", made("", tokens=11))
    recorded(journal, "foreign", made("paid", tokens=1, money="3", currency="EUR"))
    limits = books(
        paid=Limits(tokens_per_day=100, money_per_day=Decimal(1)),
        everything=Limits(tokens_per_day=1_000, tokens_per_session=50),
    )
    ledger = Ledger(limits, journal=journal, clock=clock)
    assert ledger.left("paid") == [
        "39 tokens of 100 tokens a day",
        "0.5 USD of 1 USD a day",
        "921 tokens of 1,000 tokens a day for all engines",
        "50 tokens of 50 tokens a session for all engines",
    ]
    with pytest.raises(BudgetSpent, match=r"of paid of 100 tokens a day has 39 tokens left") as no:
        ledger.reserve("paid", run_id="next", most=Usage(40))
    assert 86_000 < no.value.retry_after_s <= 86_400
    assert "raise model.engines.paid.limits.tokens_per_day or wait until 00:00 UTC" in str(no.value)


def test_what_a_step_used_counts_once_before_and_after_it_is_recorded() -> None:
    clock = Clock()
    journal = MemoryJournal(clock=clock)
    ledger = Ledger(books(free=Limits(tokens_per_day=100)), journal=journal, clock=clock)
    ledger.settle(ledger.reserve("free", run_id="r", most=Usage(50)), Usage(30))
    failed = ledger.reserve("free", run_id="broken", most=Usage(20))
    ledger.settle(failed, Usage(10))
    assert ledger.left("free") == ["60 tokens of 100 tokens a day"]
    recorded(journal, "r", made("free", tokens=30))
    assert ledger.left("free") == ["60 tokens of 100 tokens a day"]
    clock.now += 86_400
    assert ledger.left("free") == ["100 tokens of 100 tokens a day"]


def test_a_failed_step_stays_counted_when_its_run_goes_on() -> None:
    """The first engine failed after two answers; the run's next step is recorded by another one."""
    clock = Clock()
    journal = MemoryJournal(clock=clock)
    limits = books(
        paid=Limits(tokens_per_day=100),
        free=Limits(tokens_per_day=100),
        everything=Limits(tokens_per_day=1_000),
    )
    ledger = Ledger(limits, journal=journal, clock=clock)
    for used in (20, 10):
        ledger.settle(ledger.reserve("paid", run_id="r", most=Usage(50)), Usage(used))
    ledger.settle(ledger.reserve("free", run_id="r", most=Usage(50)), Usage(40))
    recorded(journal, "r", made("free", tokens=40))
    assert [ledger.left(name)[0] for name in ("paid", "free")] == [
        "70 tokens of 100 tokens a day",
        "60 tokens of 100 tokens a day",
    ]
    assert ledger.left("paid")[1] == "930 tokens of 1,000 tokens a day for all engines"
    ledger.settle(ledger.reserve("paid", run_id="r", most=Usage(50)), Usage(25))
    task = CandidateGenerated(
        Source.SAMPLES, (Refused("malformed", "it is no code", made("paid", tokens=25)),)
    )
    journal.append("r", seq=2, event=task)
    assert ledger.left("paid")[0] == "45 tokens of 100 tokens a day"


def test_a_call_over_midnight_counts_for_the_day_in_which_it_ends() -> None:
    clock = Clock(86_400.0 * 101 - 1)
    ledger = Ledger(books(free=Limits(tokens_per_day=100)), journal=MemoryJournal(), clock=clock)
    entry = ledger.reserve("free", run_id="r", most=Usage(50))
    clock.now += 2
    ledger.settle(entry, Usage(30))
    assert ledger.left("free") == ["70 tokens of 100 tokens a day"]


@given(USAGES, USAGES)
def test_what_was_added_is_taken_off_again(one: Usage, other: Usage) -> None:
    assert (one + other) - other == one
    both = PRICE.of(one) + PRICE.of(other)
    assert (both - PRICE.of(other)).value == PRICE.of(one).value
    assert PRICE.of(one) - Cost() == PRICE.of(one)
    assert PRICE.of(one) - Cost("1", "EUR") == Cost()
