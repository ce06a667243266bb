"""How a configured engine stands: what it is, how it is, and what is left of its limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from playground.domain.ports import Health


class BreakerState(StrEnum):
    """Whether an engine is asked: always, not for a while, or once to see how it is."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class EngineStanding:
    """One configured engine as it stands now.

    Attributes:
        name: its configured name.
        kind: the adapter's module name.
        model: what an alias was resolved to, or the engine itself told; else what is configured,
            "" where the adapter chooses.
        because: why an alias stands for this model, "" when it is no alias.
        breaker: whether it is asked.
        health: how it is, None when it was not asked.
        left: what is left of each of its limits, one phrase each.
        trouble: why it cannot be made, "" when it can.
    """

    name: str
    kind: str
    model: str = ""
    because: str = ""
    breaker: BreakerState = BreakerState.CLOSED
    health: Health | None = None
    left: tuple[str, ...] = ()
    trouble: str = ""
