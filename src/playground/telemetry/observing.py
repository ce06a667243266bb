"""A journal that tells of every event after it is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from playground.domain.campaigns import PREFIX, CampaignEvent, Presence, Records
from playground.domain.events import Event
from playground.domain.ports import AuditReport, Recorded
from playground.domain.runs import Run


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


class ObservedJournal:
    """The port `Records` around another one.

    Args:
        journal: what records.
        sink: told after each append that succeeded.
    """

    def __init__(self, journal: Records, *, sink: Sink) -> None:
        self._journal = journal
        self._sink = sink

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records an event and tells of it."""
        self._journal.append(run_id, seq=seq, event=event)
        self._sink.run_event(run_id, event=event)

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records an event of a campaign and tells of it."""
        self._journal.append_campaign(campaign_id, seq=seq, event=event)
        self._sink.campaign_event(campaign_id, event=event)

    def campaign_events(self, campaign_id: str, *, start: int = 0) -> list[CampaignEvent]:
        """Returns a campaign's events."""
        return self._journal.campaign_events(campaign_id, start=start)

    def campaigns(self, prefix: str = PREFIX) -> list[str]:
        """Returns the ids of campaigns."""
        return self._journal.campaigns(prefix)

    def join(self) -> Presence:
        """Makes this process known to others."""
        return self._journal.join()

    def load(self, run_id: str) -> Run:
        """Returns a run."""
        return self._journal.load(run_id)

    def find(self, prefix: str) -> str:
        """Returns the one run id that begins with `prefix`."""
        return self._journal.find(prefix)

    def runs(self, *, root: str = "", open_only: bool = False) -> list[Run]:
        """Returns runs, oldest first."""
        return self._journal.runs(root=root, open_only=open_only)

    def newest_with_key(self, key: str) -> Run | None:
        """Returns the newest run whose task has this key."""
        return self._journal.newest_with_key(key)

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterable[tuple[int, Recorded]]:
        """Returns all events after a position and a time."""
        return self._journal.tail(after=after, since=since)

    def verify(self) -> AuditReport:
        """Checks every hash of every chain."""
        return self._journal.verify()

    def close(self) -> None:
        """Sends what is left and closes the journal."""
        self._sink.close()
        self._journal.close()
