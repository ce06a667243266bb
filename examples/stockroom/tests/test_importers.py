from __future__ import annotations

import logging
from decimal import Decimal
from pathlib import Path

import pytest

from stockroom.importers import (
    clean_name,
    merge,
    note_number,
    read_delivery,
    read_price_list,
    row_to_item,
    split_tags,
    to_count,
)
from stockroom.models import Item, Reason

NOTE = """Delivery note DN-77

 12 x SKU-1001 hammers
thank you
3 X 2001
"""


def test_read_price_list(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        "sku;name;price;quantity;category;tags\n"
        "1001; Hammer ;12.50;;Tools;Red; small\n"
        "2001;Long novel;20;4;;paper\n",
        encoding="utf-8",
    )
    result = read_price_list(str(path), delimiter=";")
    assert result.problems == []
    assert [item.name for item in result.items] == ["Hammer", "Long novel"]
    assert [item.quantity for item in result.items] == [0, 4]
    assert [item.category for item in result.items] == ["tools", "misc"]


def test_read_price_list_names_bad_lines(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("sku,name\n1001,Hammer\n2001,Novel\n", encoding="utf-8")
    result = read_price_list(str(path))
    assert result.items == []
    assert result.problems == ["line 2: not a full row", "line 3: not a full row"]


def test_row_to_item() -> None:
    row = {"sku": "1001", "name": "Hammer", "price": "12.50", "quantity": "3", "tags": "A; b;a"}
    expected = Item("SKU-1001", "Hammer", Decimal("12.50"), 3, "misc", tags=["a", "b"])
    assert row_to_item(row) == expected
    with pytest.raises(KeyError):
        row_to_item({"sku": "1001"})


def test_to_count() -> None:
    assert to_count(" 12 ") == 12
    assert to_count("") == 0
    with pytest.raises(ValueError):
        to_count("many")


def test_split_tags() -> None:
    assert split_tags("Red; small;; red ;BIG") == ["red", "small", "big"]
    assert split_tags("") == []


def test_read_delivery() -> None:
    movements = read_delivery(NOTE)
    assert [(m.sku, m.change, m.reason) for m in movements] == [
        ("SKU-1001", 12, Reason.DELIVERY),
        ("SKU-2001", 3, Reason.DELIVERY),
    ]
    assert read_delivery("") == []


def test_read_delivery_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        read_delivery(NOTE)
    assert caplog.records == []


def test_note_number() -> None:
    assert note_number("Hello\ndelivery NOTE DN-77\n") == "DN-77"


def test_clean_name() -> None:
    assert clean_name("Hammer  (new) ") == "Hammer"
    assert clean_name("Long \t novel") == "Long novel"


def test_merge_keeps_known_counts(hammer: Item) -> None:
    listed = Item("SKU-1001", "Hammer", Decimal("13.00"))
    counted = Item("SKU-1001", "Hammer", Decimal("13.00"), quantity=2)
    fresh = Item("SKU-4001", "Rope", Decimal("5.00"))
    assert [item.quantity for item in merge([hammer], [listed, fresh])] == [8, 0]
    assert [item.quantity for item in merge([hammer], [counted])] == [2]
