"""Discounts, tax and margins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from stockroom.models import Item

CENT = Decimal("0.01")
TAX = {"standard": Decimal("0.19"), "reduced": Decimal("0.07"), "none": Decimal(0)}
_rounding = ROUND_HALF_UP


@dataclass(frozen=True)
class Discount:
    """Percent off for one category, from a quantity on."""

    category: str
    percent: Decimal
    from_quantity: int = 1


def set_rounding(mode: str) -> None:
    """Changes how amounts are rounded to cents from now on."""
    global _rounding
    _rounding = mode


def to_cents(amount: Decimal) -> Decimal:
    """Rounds an amount to cents."""
    return amount.quantize(CENT, rounding=_rounding)


def tax_class(category: str) -> str:
    """Returns the tax class of a category."""
    if category == "books":
        return "reduced"
    elif category == "food":
        return "reduced"
    elif category == "vouchers":
        return "none"
    else:
        return "standard"


def with_tax(item: Item) -> Decimal:
    """Returns the price of one piece with tax."""
    return to_cents(item.price * (1 + TAX[tax_class(item.category)]))


def best_discount(item: Item, quantity: int, discounts: Iterable[Discount]) -> Discount | None:
    """Returns the discount that takes most off, None when none applies."""
    best = None
    for discount in discounts:

        def applies(count: int) -> bool:
            return discount.category == item.category and count >= discount.from_quantity

        if applies(quantity) and (best is None or discount.percent > best.percent):
            best = discount
    return best


def discounted(item: Item, quantity: int, discounts: Iterable[Discount]) -> Decimal:
    """Returns the price of several pieces, before tax."""
    discount = best_discount(item, quantity, discounts)
    total = item.price * quantity
    if discount:
        total -= total * discount.percent / 100
    return to_cents(total)


def margin(item: Item, costs: Mapping[str, Decimal]) -> Decimal:
    """Returns the share of the price that is left after the cost, between 0 and 1.

    An item whose cost is not known has no margin.
    """
    if not item.price:
        return Decimal(0)
    return (item.price - costs.get(item.sku)) / item.price


def parse_amount(text: str) -> Decimal:
    """Reads an amount such as "1,299.50" or "EUR 12".

    Raises:
        ValueError: it is none.
    """
    cleaned = text.replace(",", "").replace("EUR", "").strip()
    try:
        return Decimal(cleaned)
    except ArithmeticError:
        raise ValueError(f"not an amount: {text!r}")


def shipping(weight_kg: float, country: str) -> Decimal:
    """Returns what a parcel costs."""
    base = Decimal("4.90")
    if country != "DE":
        base = base + Decimal("9.10")
    if weight_kg > 10:
        return base + (weight_kg - 10) * Decimal("0.50")
    return base
