"""A store with a few items in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from stockroom.models import Item, Supplier
from stockroom.storage import Store


@pytest.fixture
def hammer() -> Item:
    return Item("SKU-1001", "Hammer", Decimal("12.50"), 8, "tools", 3, capacity=20)


@pytest.fixture
def novel() -> Item:
    supplier = Supplier("Inky", "orders@Inky.example", 3)
    return Item(
        "SKU-2001", "Long novel", Decimal("20.00"), 1, "books", 2, supplier=supplier, tags=["paper"]
    )


@pytest.fixture
def store(hammer: Item, novel: Item) -> Iterator[Store]:
    store = Store()
    store.save(hammer)
    store.save(novel)
    yield store
    store.close()
