"""Drafts, candidates and refusals."""

from __future__ import annotations

from dataclasses import dataclass

from playground.domain.changes import Patch
from playground.domain.costs import Cost, Usage
from playground.domain.tasks import Source

__all__ = ["Candidate", "Cost", "Draft", "Provenance", "Refused", "Usage"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a draft comes from.

    Attributes:
        source: the step that made it.
        engine: engine kind, "" when no model was asked.
        model: resolved model id, "" when no model was asked.
        prompt_digest: SHA-256 of the rendered prompt, "" when no model was asked.
        episodes: ids of the episodes that the prompt showed, or that the recipe was learned from.
        seed: sampling seed, None when no model was asked or decoding was greedy.
        usage: tokens of this draft's call.
        seconds: wall seconds of this draft's call.
        name: configured name of the engine, "" when no model was asked.
        cost: money for this draft's call.
        recipe: name of the recipe that made it, "" for none.
    """

    source: Source
    engine: str = ""
    model: str = ""
    prompt_digest: str = ""
    episodes: tuple[str, ...] = ()
    seed: int | None = None
    usage: Usage = Usage()
    seconds: float = 0.0
    name: str = ""
    cost: Cost = Cost()
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A possible change that no door has seen yet.

    Attributes:
        patch: what would change; None when the answer could not be read as a change.
        provenance: where it comes from.
        answer: the engine's text, "" when no model was asked.
        defect: why there is no patch, "" when there is one.
    """

    patch: Patch | None
    provenance: Provenance
    answer: str = ""
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible change that passed the door `vet`; `id` is the first 12 digits of its digest."""

    id: str
    patch: Patch
    provenance: Provenance
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A draft that the door `vet` did not let through.

    Attributes:
        code: stable machine word, such as "unchanged", "malformed" or "activation-surface".
        reason: one sentence.
        provenance: where the draft comes from.
        answer: the engine's text, shortened, for the audit trail.
    """

    code: str
    reason: str
    provenance: Provenance
    answer: str = ""
