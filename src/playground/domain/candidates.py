"""Drafts, candidates and refusals."""

from __future__ import annotations

from dataclasses import dataclass

from playground.domain.changes import Patch
from playground.domain.tasks import Source


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more engine calls; `cached` are prompt tokens that cost no work."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
        )

    @property
    def total(self) -> int:
        """Prompt plus completion tokens."""
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a draft comes from.

    Attributes:
        source: the step that made it.
        engine: engine kind, "" when no model was asked.
        model: resolved model id, "" when no model was asked.
        prompt_digest: SHA-256 of the rendered prompt, "" when no model was asked.
        episodes: ids of the episodes that the prompt showed.
        seed: sampling seed, None when no model was asked or decoding was greedy.
        usage: tokens of this draft's call.
        seconds: wall seconds of this draft's call.
    """

    source: Source
    engine: str = ""
    model: str = ""
    prompt_digest: str = ""
    episodes: tuple[str, ...] = ()
    seed: int | None = None
    usage: Usage = Usage()
    seconds: float = 0.0


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
