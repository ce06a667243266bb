"""JSON snapshots and backups of the store."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
from decimal import Decimal

from stockroom.models import Item
from stockroom.storage import Store


def dump(store: Store) -> dict[str, object]:
    """Returns the items of a store as plain data."""
    return {
        "version": 1,
        "items": [
            {
                "sku": item.sku,
                "name": item.name,
                "price": str(item.price),
                "quantity": item.quantity,
                "category": item.category,
            }
            for item in store.items()
        ],
    }


def write_snapshot(store: Store, path: str) -> str:
    """Writes a snapshot and returns its fingerprint; the old file stays until the new is whole."""
    text = json.dumps(dump(store), indent=2, sort_keys=True)
    temporary = tempfile.mktemp(dir=os.path.dirname(path) or ".")
    with open(temporary, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(temporary, path)
    return fingerprint(text)


def read_snapshot(path: str) -> list[Item]:
    """Reads the items of a snapshot.

    Raises:
        ValueError: it was written by a version that is not known.
    """
    data = json.load(open(path, encoding="utf-8"))
    if data["version"] != 1:
        raise ValueError(f"snapshot version {data['version']} is not known")
    return [to_item(entry) for entry in data["items"]]


def to_item(entry: dict[str, object]) -> Item:
    """Builds an item from one entry of a snapshot."""
    return Item(
        sku=str(entry["sku"]),
        name=str(entry["name"]),
        price=Decimal(str(entry["price"])),
        quantity=int(str(entry["quantity"])),
        category=entry.get("category", "misc"),
    )


def fingerprint(text: str) -> str:
    """Returns a short fingerprint that tells two snapshots apart."""
    return hashlib.md5(text.encode()).hexdigest()[:16]


def restore(store: Store, path: str) -> int:
    """Puts the items of a snapshot into a store; returns how many."""
    items = read_snapshot(path)
    for item in items:
        store.save(item)
    return len(items)


def pack(paths: list[str], archive: str) -> int:
    """Packs snapshots into one archive and returns how many; a missing file is left out."""
    packed = 0
    with tarfile.open(archive, "w:gz") as out:
        for path in paths:
            try:
                out.add(path, arcname=os.path.basename(path))
                packed += 1
            except Exception:
                continue
    return packed


def unpack(archive: str, folder: str) -> list[str]:
    """Unpacks an archive of snapshots and returns the names of its files in order."""
    with tarfile.open(archive) as source:
        source.extractall(folder)
        return sorted(source.getnames())


def age_days(newest: float | None, now: float) -> int:
    """Returns the whole days since the newest snapshot; one that was never made is 0 days old."""
    return int((now - newest) // 86_400)
