"""Engines as the product hands them to the commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from playground.domain.ports import Engine, Health, HealthState
from playground.domain.standings import EngineStanding
from playground.testing.engine import FakeEngine


class Configured(Protocol):
    """What is configured of one engine."""

    @property
    def options(self) -> Mapping[str, object]: ...


class FakeEngines:
    """Gives one engine under every name and knows how it stands."""

    def __init__(self, engine: FakeEngine, *, configured: Mapping[str, Configured]) -> None:
        self.configured = configured
        self.state = HealthState.READY
        self.engine = engine
        self.asked: list[str] = []
        self.named: dict[str, Engine] = {}

    def get(self, name: str = "") -> Engine:
        return self.named.get(name, self.engine)

    def model(self, name: str = "") -> str:
        return str(self.configured[name].options.get("model") or "")

    def standing(self, name: str = "", *, ask: bool = False) -> EngineStanding:
        health = None
        if ask:
            self.asked.append(name)
            health = Health(self.state, f"asked for {name}", 1.5)
        left = ("7 of 9 requests in this minute",)
        return EngineStanding(name, "fake", "fake-1", health=health, left=left)
