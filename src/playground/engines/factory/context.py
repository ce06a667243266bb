"""What the factory gives every adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.engines.weights import ModelStore


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """One configured engine.

    Attributes:
        kind: the adapter's module name.
        options: checked by the adapter's `Options`.
    """

    kind: str
    options: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What an adapter may use beside its options.

    Attributes:
        name: the engine's configured name.
        store: where model files lie.
    """

    name: str
    store: ModelStore
