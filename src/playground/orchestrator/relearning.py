"""Memory from the journal: what was learned is learned again, what was forgotten is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from playground.domain.episodes import Episode
from playground.domain.errors import StorageUnavailable
from playground.domain.events import EpisodeLearned
from playground.domain.ports import Gate, Journal, MemoryStore
from playground.domain.runs import Run
from playground.orchestrator.nodes.learn import LearnNode


def relearned(journal: Journal, *, memory: MemoryStore, gate: Gate) -> int:
    """Makes memory anew from every decided run; returns how many episodes there are.

    What a person asked to forget stays away. Episodes of other journals, which were imported,
    are kept where the memory can still be read.

    Raises:
        StorageUnavailable: the journal or the memory cannot be used.
    """
    runs = journal.runs()
    ours = {run.id for run in runs}
    kept = (episode for episode in _readable(memory) if episode.id not in ours)
    return memory.rebuild(chain(kept, _episodes(runs, LearnNode(memory, gate=gate))))


def _episodes(runs: list[Run], node: LearnNode) -> Iterator[Episode]:
    for run in runs:
        taught = any(isinstance(event, EpisodeLearned) and event.episode_id for event in run.events)
        if run.proposal is not None and taught and not run.forgotten:
            yield node.episode(run, run.proposal)


def _readable(memory: MemoryStore) -> Iterator[Episode]:
    # Damage, which is why it is made anew, ends it.
    with suppress(StorageUnavailable):
        yield from memory.oldest_first()
