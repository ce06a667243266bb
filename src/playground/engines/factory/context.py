"""What the factory gives every adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from playground.domain.costs import Price
from playground.domain.limits import UNLIMITED, Limits
from playground.domain.ports import Journal
from playground.engines.factory.admission import Waiting, nobody
from playground.engines.factory.hardware import Hardware, probed
from playground.engines.weights import ModelStore


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """One configured engine.

    Attributes:
        kind: the adapter's module name.
        options: checked by the adapter's `Options`.
        limits: bounds on what is asked of it.
        price: what its tokens cost, None for nothing.
    """

    kind: str
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    limits: Limits = UNLIMITED
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Oversight:
    """What all engines of a factory are watched with.

    Attributes:
        journal: what was spent before, by all processes; None to count this one alone.
        budgets: bounds on all engines together.
        currency: of every price and budget.
        calls_per_minute: of all engines together, asked before each call; None for no limit.
        waiting: told while a call waits for its turn.
        hardware: what the machine has, which aliases are resolved by.
    """

    journal: Journal | None = None
    budgets: Limits = UNLIMITED
    currency: str = "USD"
    calls_per_minute: Callable[[], int] | None = None
    waiting: Waiting = nobody
    hardware: Callable[[], Hardware] = probed


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What an adapter may use beside its options.

    Attributes:
        name: the engine's configured name.
        store: where model files lie.
    """

    name: str
    store: ModelStore
