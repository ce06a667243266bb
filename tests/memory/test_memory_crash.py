"""Processes that are killed while they remember: what they said is kept, is kept."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from memory_samples import PLAIN

from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder

WRITER = Path(__file__).with_name("memory_writer.py")


@contextmanager
def _writer(folder: Path, *, first: int, compact_every: int) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, str(WRITER), str(folder), str(first), str(compact_every)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _kill(process: subprocess.Popen[str], *, after: int, pause_s: float) -> set[str]:
    """Kills the writer some time after it said `after` numbers; returns all that it said."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(after)]
    time.sleep(pause_s)
    process.kill()
    lines += process.stdout.readlines()
    return {f"n{line.strip()}" for line in lines if line.endswith("\n")}


def _verify(folder: Path, *, said: set[str]) -> None:
    memory = MemoryStore(folder, embedder=HashingEmbedder())
    kept = [episode.id for episode in memory.all(limit=100_000)]
    assert len(said) > 0
    assert said <= set(kept)
    assert len(kept) == len(set(kept)) == memory.count()
    memory.remember(PLAIN)
    assert memory.get(PLAIN.id) == PLAIN
    memory.close()


@pytest.mark.slow
def test_writers_killed_at_work_on_the_same_folder_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    said: set[str] = set()
    with ExitStack() as stack:
        writers = [
            stack.enter_context(_writer(folder, first=life * 10_000, compact_every=life * 3))
            for life in range(2)
        ]
        for life, writer in enumerate(writers):
            said |= _kill(writer, after=4 + 5 * life, pause_s=0.007 * life)
    _verify(folder, said=said)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_killed_again_and_again_on_the_same_folder(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "memory"
    said: set[str] = set()
    for life in range(5):
        after, pause_s = (seed + 3 * life) % 7, (seed * 5 + life) % 17 * 0.006
        with _writer(folder, first=life * 10_000, compact_every=(seed + life) % 4) as writer:
            said |= _kill(writer, after=after, pause_s=pause_s)
    _verify(folder, said=said)
