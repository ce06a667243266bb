from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from stockroom.models import Item, make_movement
from stockroom.reports import (
    CsvExporter,
    JsonExporter,
    busiest_day,
    by_category,
    exporter,
    low_stock,
    stock_value,
    table,
)
from stockroom.storage import Store


def test_csv(hammer: Item) -> None:
    assert CsvExporter().export([hammer], header=False) == "SKU-1001,Hammer,12.50,8\n"
    assert CsvExporter().export([]) == "sku,name,price,quantity\n"


def test_json(hammer: Item) -> None:
    rows = json.loads(JsonExporter().export([hammer]))
    assert rows == [{"sku": "SKU-1001", "name": "Hammer", "quantity": 8}]


def test_exporter_by_name() -> None:
    assert isinstance(exporter("CSV"), CsvExporter)
    assert isinstance(exporter("json"), JsonExporter)


def test_stock_value(hammer: Item, novel: Item) -> None:
    assert stock_value([hammer, novel]) == Decimal("120.00")
    assert stock_value([]) == 0


def test_by_category(hammer: Item, novel: Item) -> None:
    groups = by_category([hammer, novel])
    assert list(groups) == ["books", "tools"]
    assert groups["tools"] == [hammer]
    assert "toys" not in groups


def test_low_stock(store: Store) -> None:
    store.save(Item("SKU-3001", "Rope", Decimal(5), 0))
    store.save(Item("SKU-2001", "Long novel", Decimal(20), 9, "books", 2))
    assert low_stock(store) == ["SKU-3001 Rope: 0 left, ask nobody"]
    assert low_stock(store, limit=0) == []


def test_table(hammer: Item, novel: Item) -> None:
    assert table([hammer, novel]).splitlines() == [
        "sku       name        quantity",
        "SKU-1001  Hammer      8",
        "SKU-2001  Long novel  1",
    ]
    assert table([], ["sku"]) == "sku"


def test_busiest_day(store: Store) -> None:
    store.move(make_movement("1001", 2, "delivery", date(2026, 3, 1)))
    store.move(make_movement("1001", -3, "sale", date(2026, 3, 2)))
    store.move(make_movement("2001", 4, "delivery", date(2026, 3, 1)))
    assert busiest_day(store, ["SKU-1001", "SKU-2001"]) == "2026-03-01"
    assert busiest_day(store, []) == ""
