"""Memory from the journal: what was learned can always be learned again."""

from __future__ import annotations

from playground.domain.events import EpisodeLearned
from playground.domain.ports import Gate, Journal, MemoryStore
from playground.orchestrator.nodes.learn import LearnNode


def relearned(journal: Journal, *, memory: MemoryStore, gate: Gate) -> int:
    """Makes memory anew from every decided run; returns how many episodes there are.

    Raises:
        StorageUnavailable: the journal or the memory cannot be used.
    """
    node = LearnNode(memory, gate=gate)
    return memory.rebuild(
        node.episode(run, run.proposal)
        for run in journal.runs()
        if run.proposal is not None
        and any(isinstance(event, EpisodeLearned) and event.episode_id for event in run.events)
    )
