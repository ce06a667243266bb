"""Consult: a person's own node looks at a candidate that the gate passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from playground.domain.errors import BadConfiguration
from playground.domain.events import CandidateRefused, EvidenceAdded
from playground.domain.runs import Run
from playground.orchestrator.graph import ConsultStep
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.nodes.expect import expect


class ConsultNode(BaseNode):
    """Runs the person's own nodes and lets nothing through but evidence and refusals."""

    name = "consult"

    def __init__(self, own: Mapping[str, BaseNode]) -> None:
        self._own = own

    def run(self, input_data: Run) -> EvidenceAdded | CandidateRefused:
        """Returns what the node said about the candidate.

        A node that raises refuses the candidate: no answer is never a good answer.

        Raises:
            BadConfiguration: the node is not configured any more, or returns another event.
        """
        step = expect(input_data, ConsultStep)
        node = self._own.get(step.node)
        if node is None:
            raise BadConfiguration(
                "cycles.nodes",
                value=step.node,
                origin="the run's own policy",
                reason="this node is not configured any more; configure it again to carry on",
            )
        try:
            event = node.run(input_data)
        except Exception as error:
            reason = f"The node {step.node} failed: {type(error).__name__}: {error}"
            return CandidateRefused(step.node, step.candidate_id, reason)
        if isinstance(event, EvidenceAdded | CandidateRefused):
            return replace(event, node=step.node, candidate_id=step.candidate_id)
        raise BadConfiguration(
            "cycles.nodes",
            value=step.node,
            origin="the person's configuration",
            reason=f"the node returned {type(event).__name__}; only evidence and refusals count",
        )
