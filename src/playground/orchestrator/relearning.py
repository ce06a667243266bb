"""Memory from the journal: what was learned can always be learned again."""

from __future__ import annotations

from playground.domain.events import EpisodeLearned
from playground.domain.ports import Gate, Journal, MemoryStore
from playground.orchestrator.nodes.learn import LearnNode


def relearned(journal: Journal, *, memory: MemoryStore, gate: Gate) -> int:
    """Stores the episode of every decided run again; returns how many there are.

    Raises:
        StorageUnavailable: the journal or the memory cannot be used.
    """
    node = LearnNode(memory, gate=gate)
    learned = 0
    for run in journal.runs():
        if any(isinstance(event, EpisodeLearned) and event.episode_id for event in run.events):
            node.run(run)
            learned += 1
    return learned
