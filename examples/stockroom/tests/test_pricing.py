from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest

from stockroom.models import Item
from stockroom.pricing import (
    Discount,
    best_discount,
    discounted,
    margin,
    parse_amount,
    set_rounding,
    shipping,
    tax_class,
    to_cents,
    with_tax,
)

TEN = Discount("tools", Decimal(10))
FIVE_MANY = Discount("tools", Decimal(25), from_quantity=5)
BOOKS = Discount("books", Decimal(50))


def test_rounding_can_be_changed() -> None:
    assert to_cents(Decimal("1.005")) == Decimal("1.01")
    set_rounding(ROUND_DOWN)
    try:
        assert to_cents(Decimal("1.009")) == Decimal("1.00")
    finally:
        set_rounding(ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("category", "expected"),
    [("books", "reduced"), ("food", "reduced"), ("vouchers", "none"), ("tools", "standard")],
)
def test_tax_class(category: str, expected: str) -> None:
    assert tax_class(category) == expected


def test_with_tax(hammer: Item, novel: Item) -> None:
    assert with_tax(hammer) == Decimal("14.88")
    assert with_tax(novel) == Decimal("21.40")


def test_best_discount(hammer: Item) -> None:
    offers = [BOOKS, TEN, FIVE_MANY]
    assert best_discount(hammer, 1, offers) == TEN
    assert best_discount(hammer, 5, offers) == FIVE_MANY
    assert best_discount(hammer, 5, reversed(offers)) == FIVE_MANY
    assert best_discount(hammer, 5, [BOOKS]) is None
    assert best_discount(hammer, 5, []) is None


def test_discounted(hammer: Item) -> None:
    assert discounted(hammer, 4, [TEN, BOOKS]) == Decimal("45.00")
    assert discounted(hammer, 4, [BOOKS]) == Decimal("50.00")


def test_margin(hammer: Item) -> None:
    assert margin(hammer, {"SKU-1001": Decimal("10.00")}) == Decimal("0.2")
    hammer.price = Decimal(0)
    assert margin(hammer, {"SKU-1001": Decimal("10.00")}) == 0


@pytest.mark.parametrize(
    ("text", "amount"), [("12", "12"), ("1,299.50", "1299.50"), ("EUR 12.30", "12.30")]
)
def test_parse_amount(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


def test_parse_amount_refuses_words() -> None:
    with pytest.raises(ValueError, match="not an amount: 'ask us'"):
        parse_amount("ask us")


def test_shipping_of_light_parcels() -> None:
    assert shipping(2.5, "DE") == Decimal("4.90")
    assert shipping(10, "FR") == Decimal("14.00")
