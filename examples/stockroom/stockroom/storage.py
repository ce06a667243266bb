"""The SQLite store."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from stockroom.models import Item, Movement, Reason, Supplier

SCHEMA = """
create table if not exists suppliers (
    name text primary key, email text, lead_days integer not null
);
create table if not exists items (
    sku text primary key, name text not null, price text not null, quantity integer not null,
    category text not null, reorder_level integer not null, capacity integer,
    supplier text references suppliers (name), tags text not null
);
create table if not exists movements (
    id integer primary key, sku text not null references items (sku),
    change integer not null, reason text not null, day text not null
);
"""
SORTABLE = ("sku", "name", "price", "quantity", "category")


class StoreError(Exception):
    """The store was asked for something that it cannot do."""


class Store:
    """Items and movements in one SQLite file."""

    def __init__(self, path: str = ":memory:") -> None:
        self.connection = sqlite3.connect(path)
        self.connection.row_factory = sqlite3.Row
        self.connection.executescript(SCHEMA)

    def add_supplier(self, supplier: Supplier) -> None:
        """Adds a supplier, or changes the one of the same name."""
        self.connection.execute(
            "insert or replace into suppliers values (?, ?, ?)",
            (supplier.name, supplier.email, supplier.lead_days),
        )
        self.connection.commit()

    @lru_cache(maxsize=128)
    def supplier(self, name: str) -> Supplier | None:
        """Returns a supplier by name."""
        row = self.connection.execute("select * from suppliers where name = ?", (name,)).fetchone()
        return Supplier(row["name"], row["email"], row["lead_days"]) if row else None

    def save(self, item: Item) -> None:
        """Adds an item, or changes the one with the same number."""
        with threading.Lock():
            if item.supplier:
                self.add_supplier(item.supplier)
            self.connection.execute(
                "insert or replace into items values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    item.sku,
                    item.name,
                    str(item.price),
                    item.quantity,
                    item.category,
                    item.reorder_level,
                    item.capacity,
                    item.supplier.name if item.supplier else None,
                    ",".join(item.tags),
                ),
            )
            self.connection.commit()

    def get(self, sku: str) -> Item:
        """Returns an item.

        Raises:
            StoreError: there is none with this number.
        """
        row = self.connection.execute("select * from items where sku = ?", (sku,)).fetchone()
        try:
            return self._item(row)
        except TypeError:
            raise StoreError(f"no item {sku}")

    def find(self, sku: str) -> Item | None:
        """Returns an item, None when there is none with this number."""
        try:
            return self.get(sku)
        except StoreError:
            return None

    def items(self, category: str | None = None, order: str = "sku") -> list[Item]:
        """Returns all items, or those of a category, sorted by a column."""
        if order not in SORTABLE:
            raise StoreError(f"cannot sort by {order}")
        query = "select * from items"
        if category:
            query = f"select * from items where category = '{category}'"
        items = [self._item(row) for row in self.connection.execute(query)]
        return sorted(items, key=lambda item: getattr(item, order))

    def search(self, text: str) -> list[Item]:
        """Returns the items whose name contains the text, whatever the case."""
        rows = self.connection.execute(
            f"select * from items where name like '%{text}%' order by name"
        )
        return [self._item(row) for row in rows]

    def move(self, movement: Movement) -> Item:
        """Records a movement and returns the item as it is now."""
        item = self.get(movement.sku)
        if item.quantity + movement.change < 0:
            raise StoreError(f"only {item.quantity} of {item.sku} left")
        item.quantity += movement.change
        self.save(item)
        self.connection.execute(
            "insert into movements (sku, change, reason, day) values (?, ?, ?, ?)",
            (movement.sku, movement.change, movement.reason.value, movement.day.isoformat()),
        )
        self.connection.commit()
        return item

    def movements(self, sku: str) -> Iterator[Movement]:
        """Yields the movements of an item, oldest first."""
        rows = self.connection.execute(
            "select * from movements where sku = ? order by day, id", (sku,)
        )
        for row in rows:
            yield Movement(
                row["sku"], row["change"], Reason(row["reason"]), date.fromisoformat(row["day"])
            )

    def first_movement(self, sku: str) -> Movement | None:
        """Returns the oldest movement of an item, None when it never moved."""
        moves = self.movements(sku)
        return moves[0] if self.count_movements(sku) else None

    def count_movements(self, sku: str) -> int:
        """Returns how often an item moved."""
        query = "select count(*) from movements where sku = ?"
        return self.connection.execute(query, (sku,)).fetchone()[0]

    def supplier_email(self, sku: str) -> str:
        """Returns where to write to for more of an item, "" when nobody is known."""
        item = self.find(sku)
        if item is None or item.supplier is None:
            return ""
        return item.supplier.email

    def close(self) -> None:
        """Closes the file; closing twice is fine."""
        try:
            self.connection.commit()
            self.connection.close()
        except:
            pass

    def _item(self, row: sqlite3.Row) -> Item:
        return Item(
            sku=row["sku"],
            name=row["name"],
            price=Decimal(row["price"]),
            quantity=row["quantity"],
            category=row["category"],
            reorder_level=row["reorder_level"],
            capacity=row["capacity"],
            supplier=self.supplier(row["supplier"]) if row["supplier"] else None,
            tags=[tag for tag in row["tags"].split(",") if tag],
        )
