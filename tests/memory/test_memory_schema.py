"""Stores that older versions wrote are opened, and nothing of them is lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from memory_samples import ALL

from playground.domain.edit_shapes import edit_shape
from playground.domain.ports import RecallQuery
from playground.memory import MemoryStore, tables
from playground.memory.embedders.hashing import HashingEmbedder
from playground.memory.locations import located

CASES = Path(__file__).parents[1] / "cases" / "memory"
"""Each folder was written by the version of its schema: `ALL`, with vectors of 16 numbers."""


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_an_old_store_is_migrated_when_it_is_opened(tmp_path: Path, case: Path) -> None:
    shutil.copytree(case, tmp_path, dirs_exist_ok=True)
    store = MemoryStore(tmp_path, embedder=HashingEmbedder(dimensions=16))
    shaped = {e.id: replace(e, shape=edit_shape(e.before, e.after)) for e in ALL}
    assert {episode.id: episode for episode in store.all()} == shaped
    table = tables.place(located(tmp_path)).open()
    assert table is not None
    assert table.stamp().schema == tables.SCHEMA_VERSION
    foreign = replace(ALL[0], id="foreign", root="/theirs", trusted=False)
    store.remember(foreign)
    query = RecallQuery("default", language="python", asking_root="/ours")
    assert "foreign" not in {found.episode.id for found in store.recall(query)}
    assert store.recall(replace(query, asking_root="/theirs", rule="B006"))
    assert store.get("foreign") == foreign


def test_there_is_a_case_for_every_older_schema() -> None:
    names = {f"schema-{number}" for number in range(1, tables.SCHEMA_VERSION)}
    assert {case.name for case in CASES.iterdir()} == names
