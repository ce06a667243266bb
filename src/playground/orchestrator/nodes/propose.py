"""Propose: a verified candidate becomes a proposal that waits for a person."""

from __future__ import annotations

from playground.domain.events import ProposalMade, RunEnded
from playground.domain.proposals import Proposal
from playground.domain.runs import Run
from playground.orchestrator.graph import EndStep, ProposeStep
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.nodes.expect import expect


class ProposeNode(BaseNode):
    """Puts the diff, the evidence and the critique of the chosen candidate together."""

    name = "propose"

    def run(self, input_data: Run) -> ProposalMade:
        """Returns the proposal."""
        step = expect(input_data, ProposeStep)
        candidate = input_data.candidate(step.candidate_id)
        return ProposalMade(
            Proposal(
                run_id=input_data.id,
                candidate_id=candidate.id,
                goal=input_data.task.goal,
                patch=candidate.patch,
                verdict=input_data.verdicts[candidate.id],
                critique=input_data.critiques.get(candidate.id),
                provenance=candidate.provenance,
                notes=(*input_data.notes_of(candidate.id), *_not_asked(input_data)),
            )
        )


def _not_asked(run: Run) -> list[str]:
    """Says which engines had no part in this, because another answer may have been a worse one."""
    return [
        f"{name or 'The default engine'} was not asked: {reason}"
        for name, reason in run.skipped.items()
    ]


class EndNode(BaseNode):
    """Closes a run."""

    name = "end"

    def run(self, input_data: Run) -> RunEnded:
        """Returns the outcome that the graph worked out."""
        step = expect(input_data, EndStep)
        return RunEnded(step.outcome, step.reason)
