from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from stockroom.models import Item, Movement, Reason, Supplier, make_movement
from stockroom.storage import Store, StoreError

DAY = date(2026, 3, 1)


def test_get_returns_what_was_saved(store: Store, hammer: Item, novel: Item) -> None:
    assert store.get("SKU-1001") == hammer
    assert store.get("SKU-2001") == novel


def test_get_says_what_is_missing(store: Store) -> None:
    with pytest.raises(StoreError, match="no item SKU-9999"):
        store.get("SKU-9999")
    assert store.find("SKU-9999") is None


def test_items_sorted_and_filtered(store: Store) -> None:
    assert [item.sku for item in store.items(order="quantity")] == ["SKU-2001", "SKU-1001"]
    assert [item.sku for item in store.items("tools")] == ["SKU-1001"]
    assert store.items("toys") == []
    with pytest.raises(StoreError, match="cannot sort by colour"):
        store.items(order="colour")


def test_items_sorts_prices_as_numbers(store: Store) -> None:
    store.save(Item("SKU-3001", "Anvil", Decimal("100.00")))
    assert [item.sku for item in store.items(order="price")] == ["SKU-1001", "SKU-2001", "SKU-3001"]


def test_search(store: Store) -> None:
    assert [item.name for item in store.search("NOVEL")] == ["Long novel"]
    assert [item.name for item in store.search("")] == ["Hammer", "Long novel"]
    assert store.search("saw") == []


def test_move_changes_the_count_and_is_kept(store: Store) -> None:
    assert store.move(make_movement("1001", -3, "sale", DAY)).quantity == 5
    assert store.get("SKU-1001").quantity == 5
    assert list(store.movements("SKU-1001")) == [Movement("SKU-1001", -3, Reason.SALE, DAY)]
    assert store.count_movements("SKU-1001") == 1


def test_move_refuses_what_is_not_there(store: Store) -> None:
    with pytest.raises(StoreError, match="only 8 of SKU-1001 left"):
        store.move(make_movement("1001", -9, "sale", DAY))
    assert store.get("SKU-1001").quantity == 8
    assert store.count_movements("SKU-1001") == 0


def test_movements_oldest_first(store: Store) -> None:
    store.move(make_movement("1001", 2, "delivery", date(2026, 3, 2)))
    store.move(make_movement("1001", 1, "return", DAY))
    assert [movement.day.day for movement in store.movements("SKU-1001")] == [1, 2]


def test_first_movement_of_what_never_moved(store: Store) -> None:
    assert store.first_movement("SKU-1001") is None


def test_supplier(store: Store) -> None:
    assert store.supplier("Inky") == Supplier("Inky", "orders@Inky.example", 3)
    assert store.supplier("Nobody") is None
    assert store.supplier_email("SKU-2001") == "orders@Inky.example"
    assert store.supplier_email("SKU-1001") == ""
    assert store.supplier_email("SKU-9999") == ""


def test_survives_closing(tmp_path: Path, hammer: Item) -> None:
    path = str(tmp_path / "stock.db")
    first = Store(path)
    first.save(hammer)
    first.close()
    first.close()
    second = Store(path)
    assert second.get("SKU-1001") == hammer
    second.close()
