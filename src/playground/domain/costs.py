"""What engine calls cost: tokens times prices, in exact decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

_PER = Decimal(1_000_000)
"""Prices are for so many tokens, as providers write them."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more engine calls; `cached` are prompt tokens that cost no work."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
        )

    def __sub__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt - other.prompt,
            self.cached - other.cached,
            self.completion - other.completion,
        )

    @property
    def total(self) -> int:
        """Prompt plus completion tokens."""
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class Cost:
    """Money, written so that it can be recorded exactly.

    Attributes:
        amount: a decimal number such as "0.00042", "" where no price is configured.
        currency: its code, such as "USD".
    """

    amount: str = ""
    currency: str = ""

    @property
    def value(self) -> Decimal:
        """The amount as a number, 0 where there is none."""
        return Decimal(self.amount or 0)

    def __add__(self, other: Cost) -> Cost:
        """Returns the sum; amounts of two currencies have none, so theirs is unknown."""
        if not self.amount or not other.amount:
            return self if self.amount else other
        if self.currency != other.currency:
            return Cost()
        return Cost(plain(self.value + other.value), self.currency)

    def __sub__(self, other: Cost) -> Cost:
        """Returns what this one is more than a part of it."""
        if not other.amount:
            return self
        if self.currency != other.currency:
            return Cost()
        return Cost(plain(self.value - other.value), self.currency)


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost.

    Attributes:
        prompt: prompt tokens that the engine had to read.
        completion: tokens of answers.
        cached: prompt tokens that the engine had read before.
        currency: code of the money.
    """

    prompt: Decimal
    completion: Decimal
    cached: Decimal
    currency: str

    def of(self, usage: Usage) -> Cost:
        """Returns what these tokens cost, to the last digit."""
        cached = min(usage.cached, usage.prompt)
        read = usage.prompt - cached
        total = read * self.prompt + cached * self.cached + usage.completion * self.completion
        return Cost(plain(total / _PER), self.currency)


def plain(amount: Decimal) -> str:
    """Returns the number without exponent and without zeros at its end."""
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
