"""Items, suppliers and movements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

SKU_PATTERN = re.compile(r"^(?:SKU-)?(\d{4,8})$")


class Reason(Enum):
    """Why the count of an item changed."""

    DELIVERY = "delivery"
    SALE = "sale"
    RETURN = "return"
    LOSS = "loss"
    COUNT = "count"


@dataclass(frozen=True)
class Supplier:
    """Who delivers an item."""

    name: str
    email: str | None = None
    lead_days: int = 7

    def mail_domain(self) -> str:
        """Returns the part of the address after the @, in lower case."""
        return self.email.split("@")[-1].lower()


@dataclass
class Item:
    """One kind of thing on the shelves."""

    sku: str
    name: str
    price: Decimal
    quantity: int = 0
    category: str = "misc"
    reorder_level: int = 0
    capacity: int | None = None
    supplier: Supplier | None = None
    tags: list[str] = field(default_factory=list)

    def is_low(self) -> bool:
        """True when it is time to order more."""
        return self.quantity <= self.reorder_level

    def free_space(self) -> int:
        """Returns how many more fit on the shelf; an item without a capacity has no limit set."""
        return max(0, self.capacity - self.quantity)

    def same_kind(self, other: object) -> bool:
        """True when the other thing is an item of the same class and category."""
        if type(self) == type(other):
            return self.category == getattr(other, "category", None)
        return False


@dataclass(frozen=True)
class Movement:
    """A change of an item's count."""

    sku: str
    change: int
    reason: Reason
    day: date

    def describe(self) -> str:
        """Returns one line for people."""
        if self.reason is Reason.DELIVERY:
            verb = "received"
        elif self.reason is Reason.SALE:
            verb = "sold"
        elif self.reason is Reason.RETURN:
            verb = "took back"
        elif self.reason is Reason.LOSS:
            verb = "lost"
        return f"{self.day.isoformat()}: {verb} {abs(self.change)} of {self.sku}"


def make_movement(
    sku: str, change: int, reason: str = "count", day: date = date.today()
) -> Movement:
    """Builds a movement from what a form sends.

    Raises:
        ValueError: the reason is not known.
    """
    try:
        kind = Reason(reason)
    except ValueError:
        raise ValueError(f"unknown reason {reason!r}")
    return Movement(normal_sku(sku), change, kind, day)


def normal_sku(text: str) -> str:
    """Returns the number of an item as it is stored: `SKU-` and the digits."""
    return "SKU-" + SKU_PATTERN.match(text.strip().upper()).group(1)


def short_sku(sku: str) -> str:
    """Returns the digits alone, as they are printed on a shelf label."""
    return sku.lstrip("SKU-")
