"""What engines may be asked for and what it costs: limits, budgets and prices as configured."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from playground.domain.costs import Price
from playground.domain.limits import Limits


def _exact(value: object) -> object:
    """Takes a number as it is written: 0.1 is a tenth and not the nearest binary fraction."""
    return Decimal(repr(value)) if isinstance(value, float) else value


_Money = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0, le=1_000_000, decimal_places=9)]
_PerMillion = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=100_000, decimal_places=9)]
_Requests = Annotated[int, Field(strict=True, ge=1, le=6_000)]
_Tokens = Annotated[int, Field(strict=True, ge=1, le=10_000_000_000)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Budgets(_Group):
    """Bounds on all engines together; days begin at 00:00 UTC, a session is one process."""

    tokens_per_day: _Tokens | None = None
    tokens_per_session: _Tokens | None = None
    money_per_day: _Money | None = None
    money_per_session: _Money | None = None

    @property
    def bounds(self) -> Limits:
        """The same as the engines' part takes it."""
        return Limits(**dict(self))


class EngineLimits(Budgets):
    """Bounds on one engine; those per minute hold in each process by itself."""

    requests_per_minute: _Requests | None = None
    tokens_per_minute: _Tokens | None = None


class PriceConfig(_Group):
    """What a million tokens cost; prompt tokens that the engine had cached have their own price."""

    prompt: _PerMillion
    completion: _PerMillion
    cached: _PerMillion | None = None

    def in_currency(self, currency: str) -> Price:
        """Returns the price; cached tokens cost what the others do where none is given."""
        cached = self.prompt if self.cached is None else self.cached
        return Price(self.prompt, self.completion, cached, currency)


def limit_keys() -> tuple[str, ...]:
    """Returns the names of an engine's limits."""
    return tuple(EngineLimits.model_fields)


def tighter(old: object, new: object) -> bool:
    """Whether a bound is no looser than the old one; None is no bound."""
    if old is None or new is None:
        return old is None
    return Decimal(str(new)) <= Decimal(str(old))
