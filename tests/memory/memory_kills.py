"""Kills a process that works on a memory, again and again, and looks what is left."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from memory_samples import numbered

from playground.domain.errors import StorageUnavailable
from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder

WRITER = Path(__file__).with_name("memory_writer.py")
ROWS_BEFORE = {"add": 0, "tidy": 200, "embed": 2_000, "forget": 200, "repair": 500}
WINDOW_S = {"add": 0.02, "tidy": 0.12, "embed": 0.6, "forget": 0.12, "repair": 0.3}
"""The longest pause between the beginning of the work and its kill."""


@dataclass
class Kills:
    """What a number of kills did.

    Attributes:
        kills: how often the process was killed.
        inside: how many of these hit the work that they were meant for.
        kept: episodes that it had said to be kept, and to be gone.
        gone: the same for those that it had said to be forgotten.
        lost: episodes said to be kept that are not there.
        back: episodes said to be forgotten that are there.
        unreadable: why the memory could not be opened, one sentence each.
    """

    kills: int = 0
    inside: int = 0
    kept: set[str] = field(default_factory=set[str])
    gone: set[str] = field(default_factory=set[str])
    lost: set[str] = field(default_factory=set[str])
    back: set[str] = field(default_factory=set[str])
    doubled: int = 0
    unreadable: list[str] = field(default_factory=list[str])


def killed(mode: str, *, folder: Path, times: int, seed: int) -> Kills:
    """Kills a writer `times` times on the same folder; looks after each kill."""
    chance, done = random.Random(seed), Kills()
    dimensions = (16, 24)
    before = [numbered(-number) for number in range(1, ROWS_BEFORE[mode] + 1)]
    MemoryStore(folder, embedder=HashingEmbedder(dimensions=16)).rebuild(before)
    done.kept |= {episode.id for episode in before}
    for life in range(times):
        used = dimensions[(life + 1) // 3 % 2] if mode == "embed" else 16
        _one_life(mode, folder, first=life * 10_000, dimensions=used, chance=chance, done=done)
        _look(folder, dimensions=used, done=done)
    return done


def _one_life(
    mode: str, folder: Path, *, first: int, dimensions: int, chance: random.Random, done: Kills
) -> None:
    command = [sys.executable, str(WRITER), mode, str(folder), str(first), str(dimensions)]
    rounds, pause_s = chance.randrange(1, 4), chance.random() * WINDOW_S[mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while rounds and (line := process.stdout.readline()):
            lines.append(line)
            rounds -= line == "<\n"
        time.sleep(pause_s)
        process.kill()
        lines += process.stdout.readlines()
    said = [line.strip() for line in lines if line.endswith("\n")]
    done.kills += 1
    done.inside += [word for word in said if word in {"<", ">"}][-1:] == ["<"]
    done.kept |= {f"n{word}" for word in said if word.isdigit()}
    gone = {f"n{word[1:]}" for word in said if word.startswith("-")}
    done.gone |= gone
    # What was being forgotten when the kill came may be there or not.
    doubtful = {f"n{said[-2]}"} if mode == "forget" and said[-1:] == ["<"] else set[str]()
    done.kept -= gone | doubtful


def _look(folder: Path, *, dimensions: int, done: Kills) -> None:
    memory = MemoryStore(folder, embedder=HashingEmbedder(dimensions=dimensions))
    try:
        found = [episode.id for episode in memory.all(limit=1_000_000)]
        memory.remember(numbered(99_999_999))
    except StorageUnavailable as error:
        done.unreadable.append(str(error))
        return
    finally:
        memory.close()
    done.lost |= done.kept - set(found)
    done.back |= done.gone & set(found)
    done.doubled += len(found) - len(set(found))
