"""Forget: what a run taught is taken out of memory."""

from __future__ import annotations

from playground.domain.events import EpisodeForgotten
from playground.domain.ports import MemoryStore
from playground.domain.runs import Run
from playground.orchestrator.nodes.base import BaseNode


class ForgetNode(BaseNode):
    """Removes the run's episode; repeating it after a crash finishes what was begun."""

    name = "forget"

    def __init__(self, memory: MemoryStore) -> None:
        self._memory = memory

    def run(self, input_data: Run) -> EpisodeForgotten:
        """Returns whether memory had it."""
        return EpisodeForgotten(self._memory.forget(input_data.id))
