from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from stockroom.models import Item, Movement, Reason, Supplier, make_movement, normal_sku, short_sku


def test_mail_domain_is_lower_case() -> None:
    assert Supplier("Inky", "orders@Inky.Example").mail_domain() == "inky.example"


def test_low_at_the_level(hammer: Item) -> None:
    assert not hammer.is_low()
    hammer.quantity = 3
    assert hammer.is_low()


def test_free_space(hammer: Item) -> None:
    assert hammer.free_space() == 12
    hammer.quantity = 25
    assert hammer.free_space() == 0


def test_same_kind(hammer: Item, novel: Item) -> None:
    saw = Item("SKU-1002", "Saw", Decimal(9), category="tools")
    assert hammer.same_kind(saw)
    assert not hammer.same_kind(novel)
    assert not hammer.same_kind("tools")


def test_same_kind_wants_the_same_class(hammer: Item) -> None:
    class Rental(Item):
        pass

    assert not hammer.same_kind(Rental("SKU-1003", "Drill", Decimal(90), category="tools"))


@pytest.mark.parametrize(
    ("reason", "verb"),
    [("delivery", "received"), ("sale", "sold"), ("return", "took back"), ("loss", "lost")],
)
def test_describe(reason: str, verb: str) -> None:
    movement = Movement("SKU-1001", -3, Reason(reason), date(2026, 3, 1))
    assert movement.describe() == f"2026-03-01: {verb} 3 of SKU-1001"


def test_make_movement() -> None:
    movement = make_movement("1001", 4, "delivery", date(2026, 3, 1))
    assert movement == Movement("SKU-1001", 4, Reason.DELIVERY, date(2026, 3, 1))


def test_make_movement_counts_today() -> None:
    movement = make_movement("1001", 4)
    assert movement.reason is Reason.COUNT
    assert abs((date.today() - movement.day).days) <= 1


def test_make_movement_refuses_unknown_reasons() -> None:
    with pytest.raises(ValueError, match="unknown reason 'theft'"):
        make_movement("1001", -1, "theft")


@pytest.mark.parametrize("text", ["1001", "SKU-1001", " sku-1001 "])
def test_normal_sku(text: str) -> None:
    assert normal_sku(text) == "SKU-1001"


def test_short_sku() -> None:
    assert short_sku("SKU-20010") == "20010"
