"""What was spent: the journal's truth of this day, and what this process has not recorded yet.

A call is reserved at the most that it can cost before it is made, and settled at what it did cost.
So no budget is exceeded, however many calls run side by side. What a run has recorded is taken
from the journal alone, and what a failed or cancelled step used stays counted here until the
process ends, because no event tells of it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from playground.domain.candidates import Cost, Usage
from playground.domain.costs import Price, plain
from playground.domain.errors import BudgetSpent
from playground.domain.events import CandidateGenerated, CandidateReflected, Recorded
from playground.domain.limits import Limits
from playground.domain.ports import Journal
from playground.domain.recording import Follower

ALL = ""
"""Stands for all engines together."""

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Amount:
    """Tokens and money."""

    tokens: int = 0
    money: Decimal = Decimal(0)

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.money + other.money)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.tokens - other.tokens, self.money - other.money)

    @classmethod
    def of(cls, usage: Usage, cost: Cost) -> Amount:
        """Returns what one call used."""
        return cls(usage.total, cost.value)


@dataclass(slots=True)
class Entry:
    """One call of an engine: reserved at first, settled later."""

    engine: str
    run_id: str
    at: float
    amount: Amount
    open: bool = True


@dataclass(slots=True)
class _Account:
    session: Amount = Amount()
    recorded: Amount = Amount()


@dataclass(frozen=True, slots=True)
class Books:
    """What a ledger is opened with.

    Attributes:
        limits: by engine, `ALL` for all of them together.
        prices: by engine; a missing one is free.
        currency: of every price and budget.
    """

    limits: Mapping[str, Limits] = field(default_factory=dict[str, Limits])
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    currency: str = "USD"


class Ledger:
    """Keeps budgets; safe to share between threads.

    Args:
        books: limits and prices.
        journal: what all processes recorded, None to count this process alone.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        books: Books,
        *,
        journal: Journal | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._books = books
        self._journal = journal
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}
        self._entries: list[Entry] = []
        self._follower: Follower | None = None
        self._day = -1
        self._counts_days = any(limits.count_days for limits in books.limits.values())

    def cost(self, engine: str, usage: Usage) -> Cost:
        """Returns the money for these tokens, none where the engine has no price."""
        price = self._books.prices.get(engine)
        return price.of(usage) if price else Cost()

    def counts(self, engine: str) -> bool:
        """Whether calls of this engine have a limit or a price, so that tokens must be known."""
        limited = any(self._books.limits.get(scope) for scope in (engine, ALL))
        return limited or engine in self._books.prices

    def reserve(self, engine: str, *, run_id: str, most: Usage) -> Entry:
        """Reserves the most that a call can use.

        Raises:
            BudgetSpent: a budget has not so much left.
            StorageUnavailable: the journal cannot be read.
        """
        amount = Amount.of(most, self.cost(engine, most))
        with self._lock:
            self._look()
            for scope in (engine, ALL):
                self._check(scope, wanted=amount)
            entry = Entry(engine, run_id, self._clock(), amount)
            self._entries.append(entry)
            return entry

    def settle(self, entry: Entry, usage: Usage) -> None:
        """Puts what a call used in the place of what was reserved; once for each entry."""
        with self._lock:
            if not entry.open:
                return
            entry.open, entry.at = False, self._clock()
            entry.amount = Amount.of(usage, self.cost(entry.engine, usage))
            for scope in (entry.engine, ALL):
                account = self._account(scope)
                account.session += entry.amount
            if not self._counts_days or not entry.amount.tokens:
                self._entries.remove(entry)

    def left(self, engine: str) -> list[str]:
        """Returns what is left of the budgets, one phrase each, those of all engines last."""
        with self._lock:
            self._look()
            return [
                f"{_shown(left, currency)} of {_shown(most, currency)} {period}{whose}"
                for scope, whose in ((engine, ""), (ALL, " for all engines"))
                for _, period, most, left, currency in self._rows(scope)
            ]

    def _check(self, scope: str, *, wanted: Amount) -> None:
        for key, period, most, left, currency in self._rows(scope):
            need = wanted.money if currency else Decimal(wanted.tokens)
            if need > left:
                whose = f" of {scope}" if scope else ""
                where = f"model.engines.{scope}.limits" if scope else "model.budgets"
                until = "wait until 00:00 UTC" if key.endswith("day") else "start anew"
                raise BudgetSpent(
                    f"The budget{whose} of {_shown(most, currency)} {period} has "
                    f"{_shown(max(left, Decimal(0)), currency)} left and the next call may take "
                    f"{_shown(need, currency)}; raise {where}.{key} or {until}.",
                    retry_after_s=self._until_midnight_s() if key.endswith("day") else math.inf,
                )

    def _rows(self, scope: str) -> list[tuple[str, str, Decimal, Decimal, str]]:
        """Returns key, period, limit, what is left and the currency ("" for tokens) of each."""
        limits = self._books.limits.get(scope)
        if not limits:
            return []
        day, session, money = self._today(scope), self._session(scope), self._books.currency
        rows = (
            ("tokens_per_day", "a day", limits.tokens_per_day, day.tokens, ""),
            ("money_per_day", "a day", limits.money_per_day, day.money, money),
            ("tokens_per_session", "a session", limits.tokens_per_session, session.tokens, ""),
            ("money_per_session", "a session", limits.money_per_session, session.money, money),
        )
        return [
            (key, period, Decimal(most), Decimal(most) - Decimal(used), currency)
            for key, period, most, used, currency in rows
            if most is not None
        ]

    def _today(self, scope: str) -> Amount:
        total = self._account(scope).recorded
        for entry in self._entries:
            if scope in {ALL, entry.engine} and (entry.open or self._day_of(entry.at) == self._day):
                total += entry.amount
        return total

    def _session(self, scope: str) -> Amount:
        total = self._account(scope).session
        for entry in self._entries:
            if entry.open and scope in {ALL, entry.engine}:
                total += entry.amount
        return total

    def _look(self) -> None:
        """Reads what was recorded since the last look, and begins a new day when there is one."""
        if not self._counts_days:
            return
        today = self._day_of(self._clock())
        if today != self._day:
            self._day = today
            self._follower = Follower(self._journal, after=0) if self._journal else None
            for account in self._accounts.values():
                account.recorded = Amount()
            self._entries = [e for e in self._entries if e.open or self._day_of(e.at) == today]
        if self._follower is not None:
            for record in self._follower.news(since=float(self._day * _DAY_S)):
                self._note(record)

    def _note(self, record: Recorded) -> None:
        event = record.event
        spent: list[tuple[str, Amount]] = []
        if isinstance(event, CandidateGenerated):
            made = (draft.provenance for draft in event.drafts)
            spent = [(p.name, self._amount(p.usage, p.cost)) for p in made]
        elif isinstance(event, CandidateReflected):
            spent = [(event.engine, self._amount(event.usage, event.cost))]
        else:
            return
        for engine, amount in spent:
            self._account(ALL).recorded += amount
            if engine:
                self._account(engine).recorded += amount
            self._take_off(engine, run_id=record.run_id, amount=amount)

    def _take_off(self, engine: str, *, run_id: str, amount: Amount) -> None:
        """Takes what is recorded now off what this process had counted for the same run.

        What is left belongs to steps that failed, which no event tells of.
        """
        for entry in self._entries:
            if not entry.open and (entry.run_id, entry.engine) == (run_id, engine):
                part = Amount(
                    min(entry.amount.tokens, amount.tokens), min(entry.amount.money, amount.money)
                )
                entry.amount -= part
                amount -= part
        self._entries = [e for e in self._entries if e.open or e.amount != Amount()]

    def _amount(self, usage: Usage, cost: Cost) -> Amount:
        """Returns what was recorded; money of another currency is not counted."""
        return Amount.of(usage, cost if cost.currency == self._books.currency else Cost())

    def _account(self, scope: str) -> _Account:
        return self._accounts.setdefault(scope, _Account())

    def _day_of(self, at: float) -> int:
        return int(at // _DAY_S)

    def _until_midnight_s(self) -> float:
        return (self._day_of(self._clock()) + 1) * _DAY_S - self._clock()


def _shown(number: Decimal, currency: str) -> str:
    return f"{plain(number)} {currency}" if currency else f"{int(number):,} tokens"
