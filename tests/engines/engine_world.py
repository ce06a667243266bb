"""A stand-in for a server, and engines that talk to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from loopback_server import Behaviour

from playground.domain.ports import Engine
from playground.engines.factory import EngineSettings, ModelFactory
from playground.engines.weights import ModelStore

B = TypeVar("B", bound=Behaviour)


@dataclass
class EngineWorld(Generic[B]):
    """Makes engines of one kind.

    Attributes:
        kind: of the engines.
        address: of the stand-in.
        behaviour: what the stand-in does.
        store: where models would lie.
        keys: options that every engine gets.
    """

    kind: str
    address: str
    behaviour: B
    store: ModelStore
    keys: Mapping[str, object]
    _made: list[ModelFactory] = field(default_factory=list[ModelFactory])

    def engine(self, **options: object) -> Engine:
        """Returns a new engine."""
        given = {"base_url": self.address, **self.keys, **options}
        settings = {"it": EngineSettings(self.kind, given)}
        self._made.append(ModelFactory(settings, default="it", store=self.store))
        return self._made[-1].get()

    def close(self) -> None:
        """Ends all engines."""
        for factory in self._made:
            factory.close()
