"""What may be asked of engines."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is asked of one engine, or of all engines together; None for no bound.

    Attributes:
        requests_per_minute: calls in any minute, in this process.
        tokens_per_minute: tokens in a minute, in this process; the longest possible answer counts.
        tokens_per_day: prompt and answer tokens since 00:00 UTC, of all processes.
        tokens_per_session: the same of this process.
        money_per_day: money since 00:00 UTC, of all processes.
        money_per_session: the same of this process.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None
    tokens_per_session: int | None = None
    money_per_day: Decimal | None = None
    money_per_session: Decimal | None = None

    @property
    def count_days(self) -> bool:
        """Whether what was spent before this process counts."""
        return self.tokens_per_day is not None or self.money_per_day is not None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))


UNLIMITED = Limits()
"""No bound at all."""
