"""Memory from the journal: what was learned is learned again, what was forgotten is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from playground.domain.episodes import Episode
from playground.domain.errors import StorageUnavailable
from playground.domain.events import EpisodeLearned
from playground.domain.ports import Gate, Journal, MemoryStore
from playground.orchestrator.nodes.learn import LearnNode


def relearned(journal: Journal, *, memory: MemoryStore, gate: Gate) -> int:
    """Makes memory anew from every decided run; returns how many episodes there are.

    What a person asked to forget stays away. Episodes of other journals, which were imported,
    are kept where the memory can still be read.

    Raises:
        StorageUnavailable: the journal or the memory cannot be used.
    """
    taught = _taught(journal)
    kept = (episode for episode in _readable(memory) if episode.id not in taught)
    return memory.rebuild(chain(kept, _episodes(journal, taught, LearnNode(memory, gate=gate))))


def _taught(journal: Journal) -> dict[str, bool]:
    """Returns for the id of each run, oldest first, whether something was learned from it.

    Events are read page by page, because all runs together may be more than the memory holds.
    """
    found: dict[str, bool] = {}
    for _position, record in journal.tail():
        event = record.event
        learned = isinstance(event, EpisodeLearned) and bool(event.episode_id)
        found[record.run_id] = found.get(record.run_id, False) or learned
    return found


def _episodes(journal: Journal, taught: dict[str, bool], node: LearnNode) -> Iterator[Episode]:
    for run_id in (run_id for run_id, has in taught.items() if has):
        run = journal.load(run_id)
        if run.proposal is not None and not run.forgotten:
            yield node.episode(run, run.proposal)


def _readable(memory: MemoryStore) -> Iterator[Episode]:
    # Damage, which is why it is made anew, ends it.
    with suppress(StorageUnavailable):
        yield from memory.oldest_first()
