"""Families: waiting proposals whose edits have one shape, so that they can be decided together.

Every member keeps its own digest and is decided by it. A family is only what a person may take in
by samples: what carries more risk, what runs by itself, and what somebody had a doubt about is
looked at alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from playground.domain.changes import Patch
from playground.domain.edit_shapes import shape_of_all
from playground.domain.proposals import Proposal
from playground.domain.runs import Run
from playground.domain.verdicts import RiskTier
from playground.security.activation import activation_reason

FAMILY_MIN = 3
"""Fewer proposals are looked at one by one."""

SAMPLES = 3
OUTLIERS_MAX = 3
_AROUND = 2
_LOW_RISK = frozenset({RiskTier.A, RiskTier.B})

Key = tuple[str, str, RiskTier, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Family:
    """Waiting proposals of one rule, one risk and one shape.

    Attributes:
        members: oldest first.
        samples: some of them, chosen by chance that can be repeated.
        outliers: those that differ most from the others.
    """

    rule: str
    risk: RiskTier
    shape: str
    members: tuple[Run, ...]
    samples: tuple[Run, ...]
    outliers: tuple[Run, ...]

    @property
    def shown(self) -> tuple[Run, ...]:
        """What a person sees before they decide, each once."""
        seen = {run.id: run for run in (*self.samples, *self.outliers)}
        return tuple(seen.values())


def why_alone(proposal: Proposal) -> str:
    """Says why a proposal may be in no family, "" when it may."""
    if proposal.risk not in _LOW_RISK:
        return f"its risk is {proposal.risk}"
    for change in proposal.patch.files:
        reason = activation_reason(change.path)
        if reason:
            return reason
        if change.is_new:
            return f"{change.path} is new"
    if proposal.critique is not None and proposal.critique.advice != "accept":
        return "its review has a doubt"
    if proposal.notes:
        return "there are notes about it"
    return ""


def key_of(run: Run) -> Key | None:
    """Returns what the members of a family have in common, None for a run that stands alone."""
    proposal, finding = run.waiting, run.task.finding
    if proposal is None or finding is None or why_alone(proposal):
        return None
    shape = patch_shape(proposal.patch)
    if not shape:
        return None
    changed = tuple(sorted(fact.aspect for fact in proposal.verdict.facts if not fact.is_same))
    return finding.tool, finding.rule, proposal.risk, shape, changed


def patch_shape(patch: Patch) -> str:
    """Returns the shape of a patch with what stands beside each change, "" for none."""
    hunks = (hunk for file in patch.files for hunk in file.hunks)
    pairs = (("".join(hunk.before), "".join(hunk.after)) for hunk in hunks)
    return shape_of_all(pairs, around=_AROUND)


def families_of(waiting: Sequence[Run], *, seed: str) -> tuple[list[Family], list[Run]]:
    """Returns the families, largest first, and the runs that stand alone.

    Args:
        waiting: runs with a waiting proposal.
        seed: makes the choice of samples.
    """
    groups: dict[Key, list[Run]] = {}
    alone: list[Run] = []
    for run in waiting:
        key = key_of(run)
        if key is None:
            alone.append(run)
        else:
            groups.setdefault(key, []).append(run)
    found: list[Family] = []
    for key, members in groups.items():
        if len(members) < FAMILY_MIN:
            alone += members
        else:
            found.append(_family(key, members, seed))
    found.sort(key=lambda family: (-len(family.members), family.rule, family.shape))
    return found, alone


def _family(key: Key, members: list[Run], seed: str) -> Family:
    _tool, rule, risk, shape, _changed = key

    def drawn(run: Run) -> str:
        return hashlib.sha256(f"{seed}\0{run.id}".encode()).hexdigest()

    samples = sorted(members, key=drawn)[:SAMPLES]
    return Family(rule, risk, shape, tuple(members), tuple(samples), outliers_of(members))


def outliers_of(members: Sequence[Run]) -> tuple[Run, ...]:
    """Returns those whose change is of another size or origin than most, or added names."""
    described = [_described(run) for run in members]
    common = max(set(described), key=described.count)
    odd = [run for run, what in zip(members, described, strict=True) if what != common]
    largest = max(members, key=_size)
    ranked = sorted(odd, key=lambda run: (-_size(run), run.id))
    if _size(largest) > min(map(_size, members)) and largest not in ranked:
        ranked.insert(0, largest)
    return tuple(ranked[:OUTLIERS_MAX])


def _described(run: Run) -> tuple[object, ...]:
    proposal = run.waiting
    if proposal is None:
        return ()
    facts = tuple((len(f.removed), len(f.added)) for f in proposal.verdict.facts if not f.is_same)
    return proposal.provenance.source, len(proposal.verdict.fixed), facts


def _size(run: Run) -> int:
    return run.waiting.patch.lines_changed if run.waiting else 0


def is_same_change(before: Proposal, after: Proposal) -> bool:
    """Whether a proposal is another one at another place: the same lines, with the same proof."""

    def lines(proposal: Proposal) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        return [(f.path, h.before, h.after) for f in proposal.patch.files for h in f.hunks]

    def proof(proposal: Proposal) -> tuple[object, ...]:
        verdict = proposal.verdict
        how = [(v.finding.rule, v.how) for v in verdict.fixed]
        return proposal.risk, how, verdict.added, proposal.notes

    return lines(before) == lines(after) and proof(before) == proof(after)
