"""Forget: what a run taught is taken out of memory, and out of the runs that recalled it."""

from __future__ import annotations

from playground.domain.events import EpisodeForgotten, ForgettingRequested
from playground.domain.ports import Journal, MemoryStore
from playground.domain.runs import Run
from playground.orchestrator.nodes.base import BaseNode


class ForgetNode(BaseNode):
    """Removes the run's episode and every copy; repeating it after a crash finishes it.

    Memory goes first: from then on nobody recalls it, so that no copy is made behind the journal's
    back.
    """

    name = "forget"

    def __init__(self, memory: MemoryStore, *, journal: Journal) -> None:
        self._memory = memory
        self._journal = journal

    def run(self, input_data: Run) -> EpisodeForgotten:
        """Returns whether memory had it, and which runs held a copy."""
        asked = [e for e in input_data.events if isinstance(e, ForgettingRequested)][-1]
        found = self._memory.forget(input_data.id)
        runs = self._journal.forget_texts(
            input_data.id, by=asked.by, where=asked.where, with_run=asked.with_run
        )
        return EpisodeForgotten(found, runs=runs)
