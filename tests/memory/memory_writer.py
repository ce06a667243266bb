"""Remembers numbered episodes until it is killed, and says after each that it is kept.

Usage: memory_writer.py FOLDER FIRST COMPACT_EVERY
"""

from __future__ import annotations

import sys
from pathlib import Path

from memory_samples import numbered

from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder


def main() -> None:
    folder, first, compact_every = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    memory = MemoryStore(folder, embedder=HashingEmbedder())
    number = first
    while True:
        memory.remember(numbered(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1
        if compact_every and number % compact_every == 0:
            memory.compact()


if __name__ == "__main__":
    main()
