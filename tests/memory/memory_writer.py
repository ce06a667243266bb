"""Works on a memory until it is killed, and says what it has done.

Usage: memory_writer.py MODE FOLDER FIRST DIMENSIONS

A number says that this episode is kept, `-` and a number that this one is forgotten; `<` and `>`
stand around the work that a kill is meant to hit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from memory_samples import numbered

from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _inside(work: Callable[[], object]) -> None:
    _say("<")
    work()
    _say(">")


def _add(memory: MemoryStore, number: int) -> None:
    _inside(lambda: memory.remember(numbered(number)))
    _say(str(number))


def _tidy(memory: MemoryStore, number: int) -> None:
    for one in range(number * 3, number * 3 + 3):
        memory.remember(numbered(one))
        _say(str(one))
    _inside(memory.compact if number % 2 else memory.tidy)


def _embed(memory: MemoryStore, number: int) -> None:
    memory.remember(numbered(number))
    _say(str(number))
    _inside(memory.embed)


def _forget(memory: MemoryStore, number: int) -> None:
    memory.remember(numbered(number))
    _say(str(number))
    if number % 2:
        _inside(lambda: memory.forget(f"n{number}"))
        _say(f"-{number}")


def _repair(memory: MemoryStore, number: int) -> None:
    memory.remember(numbered(number))
    _say(str(number))
    _inside(lambda: memory.rebuild(memory.all(limit=100_000)))


MODES = {"add": _add, "tidy": _tidy, "embed": _embed, "forget": _forget, "repair": _repair}


def main() -> None:
    mode, folder, first, dimensions = sys.argv[1:]
    embedder = HashingEmbedder(dimensions=int(dimensions))
    memory = MemoryStore(Path(folder), embedder=embedder, pieces_max=12)
    for number in count(int(first)):
        MODES[mode](memory, number)


if __name__ == "__main__":
    main()
