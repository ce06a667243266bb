"""A journal that tells of every event after it is recorded."""

from __future__ import annotations

from typing import Protocol

from playground.domain.campaigns import CampaignEvent, Records
from playground.domain.events import Event
from playground.domain.recording import RecordsAround


class Sink(Protocol):
    """Where recorded events are told; it may lose them, but never raises."""

    def run_event(self, run_id: str, *, event: Event) -> None:
        """Takes an event of a run."""
        ...

    def campaign_event(self, campaign_id: str, *, event: CampaignEvent) -> None:
        """Takes an event of a campaign."""
        ...

    def close(self) -> None:
        """Sends what is left."""
        ...


class ObservedJournal(RecordsAround):
    """The port `Records` around another one, which tells of what is recorded.

    Args:
        journal: what records.
        sink: told after each append that succeeded.
    """

    def __init__(self, journal: Records, *, sink: Sink) -> None:
        super().__init__(journal)
        self._sink = sink

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records an event and tells of it."""
        super().append(run_id, seq=seq, event=event)
        self._sink.run_event(run_id, event=event)

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records an event of a campaign and tells of it."""
        super().append_campaign(campaign_id, seq=seq, event=event)
        self._sink.campaign_event(campaign_id, event=event)

    def close(self) -> None:
        """Sends what is left and closes the journal."""
        self._sink.close()
        super().close()
