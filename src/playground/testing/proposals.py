"""Proposals and approvals for tests of what comes after the gate."""

from __future__ import annotations

from playground.domain.candidates import Provenance
from playground.domain.changes import Patch
from playground.domain.proposals import Approved, Proposal
from playground.domain.tasks import Source
from playground.domain.verdicts import Conclusion, RiskTier, Verdict


def proposal_of(patch: Patch, *, run_id: str = "run") -> Proposal:
    """Returns a proposal of the patch that the gate would have passed without a finding."""
    return Proposal(
        run_id=run_id,
        candidate_id=patch.digest[:12],
        goal="make it better",
        patch=patch,
        verdict=Verdict(Conclusion.PASSED, (), (), 0, (), (), RiskTier.A),
        critique=None,
        provenance=Provenance(Source.ENGINE),
    )


def approval_of(proposal: Proposal) -> Approved:
    """Returns a person's yes to exactly this proposal."""
    return Approved(by="tester", where="test", proposal_digest=proposal.digest)


def certain() -> None:
    """Confirms a write: nobody has carried the run on meanwhile."""
