"""Tables for people, CSV and JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from stockroom.models import Item
from stockroom.storage import Store


class Exporter:
    """Writes items in some format."""

    name = "none"

    def export(self, items: Sequence[Item], *, header: bool = True) -> str:
        """Returns the items as text."""
        raise NotImplementedError


class CsvExporter(Exporter):
    """Comma separated values."""

    name = "csv"

    def export(self, items: Sequence[Item], *, header: bool = True) -> str:
        """Returns one line for each item."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        if header:
            writer.writerow(["sku", "name", "price", "quantity"])
        for item in items:
            writer.writerow([item.sku, item.name, item.price, item.quantity])
        return out.getvalue()


class JsonExporter(Exporter):
    """A JSON list."""

    name = "json"

    def export(self, items: Sequence[Item]) -> str:
        """Returns a list of objects."""
        return json.dumps([{"sku": i.sku, "name": i.name, "quantity": i.quantity} for i in items])


def exporter(name: str) -> Exporter:
    """Returns the exporter of a format; plain CSV for a format that is not known."""
    exporters = {kind.name: kind() for kind in (CsvExporter, JsonExporter)}
    return exporters.get(name.lower())


def stock_value(items: Iterable[Item]) -> Decimal:
    """Returns what all items together are worth."""
    return sum(item.price * item.quantity for item in items)


def by_category(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Groups items by category, categories in order of the alphabet."""
    groups = defaultdict(list)
    for item in items:
        groups[item.category].append(item)
    return dict(sorted(groups.items()))


def low_stock(store: Store, limit: int | None = None) -> list[str]:
    """Returns a line for each item that is low, the emptiest first."""
    low = sorted((item for item in store.items() if item.is_low()), key=lambda i: i.quantity)
    lines = []
    for item in low[:limit]:
        contact = item.supplier.mail if item.supplier else "nobody"
        lines.append(f"{item.sku} {item.name}: {item.quantity} left, ask {contact}")
    return lines


def table(items: Sequence[Item], columns: Sequence[str] = ("sku", "name", "quantity")) -> str:
    """Returns a plain text table with aligned columns."""
    rows = [list(columns)] + [[str(getattr(item, c)) for c in columns] for item in items]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    lines = []
    for row in rows:
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return "\n".join(lines)


def busiest_day(store: Store, skus: Iterable[str]) -> str:
    """Returns the day with most pieces moved as YYYY-MM-DD, "" when nothing moved."""
    moved: dict[str, int] = {}
    for sku in skus:
        for movement in store.movements(sku):
            day = movement.day.isoformat()
            moved[day] = moved.get(day, 0) + abs(movement.change)
    most = 0
    for day, count in moved.items():
        if count > most:
            most, winner = count, day
    return winner if most else ""
