"""Processes that are killed while they work: what they said is kept, is kept."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from memory_kills import ROWS_BEFORE, WRITER, killed

from playground.memory import MemoryStore, tables
from playground.memory.embedders.hashing import HashingEmbedder
from playground.memory.locations import located
from playground.memory.rows import episode
from playground.memory.vectors import Vectors


@pytest.mark.slow
@pytest.mark.parametrize("mode", sorted(ROWS_BEFORE))
def test_no_kill_loses_what_was_acknowledged(tmp_path: Path, mode: str) -> None:
    done = killed(mode, folder=tmp_path / "memory", times=3, seed=7)
    assert done.unreadable == []
    assert not done.lost | done.back
    assert done.doubled == 0
    assert len(done.kept) > ROWS_BEFORE[mode]


@pytest.mark.slow
def test_an_embedding_that_was_cut_off_is_finished_by_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    done = killed("embed", folder=folder, times=2, seed=3)
    memory = MemoryStore(folder, embedder=HashingEmbedder(dimensions=24))
    memory.embed()
    table = tables.place(located(folder)).open()
    assert table is not None
    assert table.stamp().dimensions == 24
    seen = [row for batch in table.scan() for row in batch]
    assert {str(row["id"]) for row in seen} >= done.kept
    wanted = Vectors(HashingEmbedder(dimensions=24)).rows([episode(row) for row in seen])
    for row, other in zip(seen, wanted, strict=True):
        assert row["vector"] == pytest.approx(other["vector"], abs=1e-6)


@pytest.mark.slow
def test_writers_killed_at_work_on_the_same_folder_lose_nothing(tmp_path: Path) -> None:
    folder, said = tmp_path / "memory", set[str]()
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(WRITER), mode, str(folder), str(first), "16"],
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for first, mode in ((0, "add"), (100_000, "tidy"))
        ]
        for writer in writers:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(20)]
            writer.kill()
            lines += writer.stdout.readlines()
            said |= {f"n{line.strip()}" for line in lines if line.strip().isdigit()}
    kept = [e.id for e in MemoryStore(folder, embedder=HashingEmbedder(dimensions=16)).all(9_999)]
    assert len(said) > 10
    assert said <= set(kept)
    assert len(kept) == len(set(kept))
