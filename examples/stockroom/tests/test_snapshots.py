from __future__ import annotations

import json
from pathlib import Path

import pytest

from stockroom.snapshots import (
    age_days,
    fingerprint,
    pack,
    read_snapshot,
    restore,
    to_item,
    unpack,
    write_snapshot,
)
from stockroom.storage import Store


def test_snapshot_and_back(store: Store, tmp_path: Path) -> None:
    path = str(tmp_path / "stock.json")
    first = write_snapshot(store, path)
    assert write_snapshot(store, path) == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["stock.json"]
    copy = Store()
    assert restore(copy, path) == 2
    assert [item.name for item in copy.items()] == ["Hammer", "Long novel"]
    assert copy.get("SKU-1001").price == store.get("SKU-1001").price
    copy.close()


def test_fingerprint_tells_snapshots_apart() -> None:
    assert fingerprint("a") == fingerprint("a") != fingerprint("b")
    assert len(fingerprint("a")) == 16


def test_unknown_versions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "stock.json"
    path.write_text(json.dumps({"version": 2, "items": []}), encoding="utf-8")
    with pytest.raises(ValueError, match="snapshot version 2 is not known"):
        read_snapshot(str(path))


def test_to_item() -> None:
    entry: dict[str, object] = {"sku": "SKU-1", "name": "Nail", "price": "0.05", "quantity": 900}
    assert to_item(entry).category == "misc"
    assert to_item(entry | {"category": "tools"}).category == "tools"
    assert to_item(entry).quantity == 900


def test_pack_and_unpack(tmp_path: Path) -> None:
    for name in ("b.json", "a.json"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    archive = str(tmp_path / "all.tar.gz")
    paths = [str(tmp_path / name) for name in ("b.json", "missing.json", "a.json")]
    assert pack(paths, archive) == 2
    target = tmp_path / "out"
    target.mkdir()
    assert unpack(archive, str(target)) == ["a.json", "b.json"]
    assert (target / "b.json").read_text(encoding="utf-8") == "b.json"


def test_age_days() -> None:
    assert age_days(0.0, 86_400 * 2.5) == 2
