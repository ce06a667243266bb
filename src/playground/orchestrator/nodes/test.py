"""Test: static analysis judges a candidate. Nothing is ever run."""

from __future__ import annotations

from playground.domain.errors import Stale
from playground.domain.events import CandidateTested, RunEnded
from playground.domain.ports import Gate
from playground.domain.runs import Run
from playground.orchestrator.graph import CheckStep
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.nodes.expect import expect


class GateNode(BaseNode):
    """Takes the candidate that is next in line to the gate."""

    name = "test"

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def run(self, input_data: Run) -> CandidateTested | RunEnded:
        """Returns the gate's verdict, or the end of the run when a file has changed."""
        step = expect(input_data, CheckStep)
        candidate = input_data.candidate(step.candidate_id)
        try:
            verdict = self._gate.judge(input_data.task, candidate=candidate)
        except Stale as error:
            return RunEnded("stale", str(error))
        return CandidateTested(candidate.id, verdict)
