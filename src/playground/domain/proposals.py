"""Proposals and the decisions that persons take on them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from playground.domain.candidates import Provenance
from playground.domain.changes import Patch
from playground.domain.verdicts import RiskTier, Verdict

BY_RULES = "rules"
"""Who a critique is by when it follows from the verdict alone."""


@dataclass(frozen=True, slots=True)
class Critique:
    """A review of a candidate with the verdict in hand.

    Attributes:
        candidate_id: which candidate.
        advice: "accept" or "revise".
        text: one or two sentences.
        by: engine model id, or `BY_RULES` when it follows from the verdict alone.
    """

    candidate_id: str
    advice: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A verified candidate waiting for a person.

    Attributes:
        run_id: the run that made it.
        candidate_id: the candidate.
        goal: the task in words.
        patch: what would change, with the digests of the files before.
        verdict: what is proved.
        critique: the review, None when none was made.
        provenance: where it comes from.
        notes: evidence of the person's own nodes and of the doors.
    """

    run_id: str
    candidate_id: str
    goal: str
    patch: Patch
    verdict: Verdict
    critique: Critique | None
    provenance: Provenance
    notes: tuple[str, ...] = ()

    @property
    def risk(self) -> RiskTier:
        """The verdict's risk tier."""
        return self.verdict.risk

    @property
    def digest(self) -> str:
        """Binds an approval to what was seen: 64 hexadecimal digits.

        Over the run, base files, patch, finding delta, analyzer versions, critique and notes.
        """
        seen = {
            "run": self.run_id,
            "patch": self.patch.digest,
            "base": [(f.path, f.base_sha256, f.after_sha256) for f in self.patch.files],
            "fixed": [(v.finding.fingerprint, v.how) for v in self.verdict.fixed],
            "added": [f.fingerprint for f in self.verdict.added],
            "checks": [(c.tool, c.version, c.status) for c in self.verdict.checks],
            "critique": asdict(self.critique) if self.critique else None,
            "notes": self.notes,
        }
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Approved:
    """A person's yes to exactly what the digest binds.

    Attributes:
        looked_s: seconds that the person had it before them, as in every decision; 0 where nobody
            measured it.
    """

    by: str
    where: str
    proposal_digest: str
    why: str = ""
    looked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Amended:
    """A person's own version; it passes the same doors and gate and is asked about again.

    Attributes:
        patch: the person's version against the same base files.
    """

    by: str
    where: str
    proposal_digest: str
    patch: Patch
    why: str = ""
    looked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A person's no, with the reason that teaches."""

    by: str
    where: str
    proposal_digest: str
    why: str
    looked_s: float = 0.0


Decision = Approved | Amended | Rejected
