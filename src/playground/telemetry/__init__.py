"""Telemetry: what is recorded, told to an OpenTelemetry collector as it happens; off by default."""

from __future__ import annotations

from typing import Protocol, cast

from playground.domain.campaigns import Records
from playground.domain.errors import Unavailable
from playground.plugins import load
from playground.telemetry.observing import ObservedJournal, Sink


class Settings(Protocol):
    """What is configured."""

    @property
    def endpoint(self) -> str:
        """Address of a collector that speaks OTLP over HTTP, "" for no telemetry."""
        ...


class _Exporter(Protocol):
    def sink_to(self, endpoint: str) -> Sink: ...


def observed(journal: Records, settings: Settings) -> Records:
    """Returns the journal, observed where an endpoint is configured.

    Raises:
        Unavailable: the packages for it are not installed.
    """
    if not settings.endpoint:
        return journal
    try:
        exporter = cast("_Exporter", load(__name__, name="otlp"))
    except Unavailable as error:
        raise Unavailable(
            "tools.telemetry.endpoint is set, but its packages are missing; "
            "install playground[telemetry] or unset it."
        ) from error
    return ObservedJournal(journal, sink=exporter.sink_to(settings.endpoint))
