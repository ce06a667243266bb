"""Price lists as CSV and delivery notes as text."""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from stockroom.models import Item, Movement, make_movement, normal_sku
from stockroom.pricing import parse_amount

log = logging.getLogger(__name__)

DELIVERY_LINE = re.compile(r"^\s*(?P<count>\d+)\s*x\s+(?P<sku>(?:SKU-)?\d+)\b", re.IGNORECASE)
NOTE_HEADER = re.compile(r"^delivery note (?P<number>[\w-]+)", re.IGNORECASE | re.MULTILINE)


@dataclass
class ImportResult:
    """What came out of reading a file."""

    items: list[Item] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_price_list(path: str, delimiter: str = ",") -> ImportResult:
    """Reads items from a CSV file with the columns sku, name, price and more."""
    result = ImportResult()
    source = open(path, newline="", encoding="utf-8")
    for number, row in enumerate(csv.DictReader(source, delimiter=delimiter), start=2):
        try:
            result.items.append(row_to_item(row))
        except KeyError or ValueError:
            result.problems.append(f"line {number}: not a full row")
    source.close()
    return result


def row_to_item(row: dict[str, str]) -> Item:
    """Builds an item from one row.

    Raises:
        KeyError: a needed column is missing.
        ValueError: a column holds nonsense.
    """
    return Item(
        sku=normal_sku(row["sku"]),
        name=row["name"].strip(),
        price=parse_amount(row["price"]),
        quantity=to_count(row.get("quantity")),
        category=(row.get("category") or "misc").lower(),
        reorder_level=to_count(row.get("reorder_level") or "0"),
        tags=split_tags(row.get("tags") or ""),
    )


def to_count(text: str) -> int:
    """Reads a count; an empty field counts as none."""
    text = (text or "").strip()
    return int(text) if text else 0


def split_tags(text: str) -> list[str]:
    """Returns the tags of a field such as "red; small" in lower case, each one once."""
    tags: list[str] = []
    for tag in text.split(";"):
        tag = tag.strip().lower()
        if tag and tag not in tags:
            tags.append(tag)
    return tags


def read_delivery(text: str) -> list[Movement]:
    """Returns one movement for each line such as "12 x SKU-1001" of a delivery note."""
    movements = []
    for l in text.splitlines():
        found = DELIVERY_LINE.match(l)
        if found:
            movements.append(make_movement(found["sku"], int(found["count"]), "delivery"))
        elif l.strip():
            log.debug("skipped %s", l, len(movements))
    return movements


def note_number(text: str) -> str:
    """Returns the number of a delivery note."""
    return NOTE_HEADER.search(text)["number"]


def clean_name(name: str) -> str:
    """Removes what suppliers add to names: "(NEW)" and repeated blanks."""
    name = re.sub(r"\s*\(new\)", "", name, re.IGNORECASE)
    return re.sub(r"\s+", " ", name).strip()


def merge(current: Iterable[Item], imported: Iterable[Item]) -> list[Item]:
    """Returns the imported items with the counts that are known already."""
    known = {item.sku: item for item in current}
    merged = []
    for item in imported:
        old = known.get(item.sku)
        if old:
            # a price list says nothing about what lies on the shelf
            if item.quantity == 0:
                item.quantity = old.quantity
        merged.append(item)
    return merged
