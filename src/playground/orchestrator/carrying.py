"""A proposal that is carried over to another version of its files goes through the door again."""

from __future__ import annotations

from dataclasses import replace

from playground.domain.candidates import Cost, Draft, Usage
from playground.domain.events import CandidateGenerated
from playground.domain.proposals import Proposal
from playground.domain.rebasing import Carried
from playground.domain.tasks import Policy, Source
from playground.security.vet import vet


def carried_over(proposal: Proposal, *, carried: Carried, policy: Policy) -> CandidateGenerated:
    """Returns the first step of the new run: the moved patch as a candidate, or its refusal.

    What the candidate cost was counted in the run that made it.
    """
    spent_before = replace(proposal.provenance, usage=Usage(), seconds=0.0, cost=Cost())
    draft = Draft(carried.patch, spent_before)
    vetted = vet(draft, task=carried.task, policy=policy, bases=carried.bases, obstacle=_nowhere)
    return CandidateGenerated(Source.CARRIED, (vetted,))


def _nowhere(path: str) -> str:
    """A patch that makes a file is not carried over."""
    return f"{path} is new."
