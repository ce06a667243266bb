"""Many episodes: made anew, gone through and forgotten in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from memory_samples import numbered

from playground.domain.episodes import Episode
from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder
from playground.memory.locations import located
from playground.memory.spool import spooled
from playground.memory.store import BATCH_ROWS

MANY = 2 * BATCH_ROWS + 7


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    store = MemoryStore(
        tmp_path_factory.mktemp("many"), embedder=HashingEmbedder(dimensions=8), pieces_max=10_000
    )
    assert store.rebuild(numbered(number) for number in range(MANY)) == MANY
    return store


def test_episodes_of_several_batches_come_whole_and_in_order(many: MemoryStore) -> None:
    every = list(many.oldest_first())
    assert every == [numbered(number) for number in range(MANY)]
    assert many.known(f"n{number}" for number in range(MANY + 5)) == {e.id for e in every}


def test_what_is_forgotten_in_the_meantime_is_left_out(many: MemoryStore) -> None:
    going = many.oldest_first()
    first = [next(going) for _ in range(BATCH_ROWS)]
    gone = numbered(MANY - 1)
    assert many.forget(gone.id)
    assert [*first, *going] == [numbered(number) for number in range(MANY - 1)]
    assert many.count() == MANY - 1
    many.remember(gone)
    assert many.get(gone.id) == gone


def test_of_one_id_the_last_one_counts_however_much_lies_between(tmp_path: Path) -> None:
    long = replace(numbered(1), after="x" * 50_000)

    def told() -> Iterator[Episode]:
        yield numbered(0)
        yield from (replace(long, id=f"m{number}") for number in range(250))
        yield replace(numbered(0), outcome="undone", goal="\ud800 \n \u2028")

    with spooled(located(tmp_path)) as spool:
        spool.add(told())
        assert len(spool) == 251
        (*_, last) = found = list(spool.episodes())
        assert len(found) == 251
        assert last == replace(numbered(0), outcome="undone", goal="\ud800 \n \u2028")
        assert list(tmp_path.iterdir()) == []  # by now it is a file, and it has no name
