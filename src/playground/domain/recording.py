"""What is recorded, followed from a place on, and a journal around another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from playground.domain.audits import AuditReport
from playground.domain.campaigns import (
    PREFIX,
    CampaignEvent,
    FileSeen,
    ItemClaimed,
    ItemReleased,
    ItemSettled,
    Presence,
    Records,
    WorkerSeen,
)
from playground.domain.events import (
    CandidateReflected,
    CandidateTested,
    Event,
    MemoryRecalled,
    Recorded,
)
from playground.domain.ports import Journal
from playground.domain.runs import Run

_DERIVED = (
    *(CandidateTested, MemoryRecalled),
    *(FileSeen, ItemClaimed, ItemReleased, ItemSettled, WorkerSeen),
)


def is_derived(event: Event | CampaignEvent) -> bool:
    """Whether the event says only what follows from the others or from what can be asked again.

    Memory and analyzers answer the same question for nothing, as a review by rules does. A claim
    means nothing once its process is dead, how an item was settled is read off its run, and a file
    is looked at again. What an engine or a person said, what waits for a person and what was
    written is never derived.
    """
    if isinstance(event, CandidateReflected):
        return not event.engine
    return isinstance(event, _DERIVED)


class Follower:
    """Reads on in a journal: every event of a run once, however often it is asked.

    Whoever shares one between threads lets them take turns.

    Args:
        journal: what is followed.
        after: position of the newest event that is known already, None for the newest there is.
    """

    def __init__(self, journal: Journal, *, after: int | None = None) -> None:
        self._journal = journal
        self._position = journal.position() if after is None else after

    def news(self, *, since: float = 0.0) -> Iterator[Recorded]:
        """Yields what was recorded since the last look, oldest first.

        What was yielded before the reading broke off is not yielded again.

        Args:
            since: seconds since the epoch; events that were recorded before are passed by for good.

        Raises:
            StorageUnavailable: the journal cannot be read.
        """
        end = self._journal.position()
        if end <= self._position:
            return
        for position, record in self._journal.tail(after=self._position, since=since):
            self._position = position
            yield record
        self._position = max(self._position, end)  # what is no run's event has positions too


class RecordsAround:
    """The port `Records` that hands every call on; derived classes change some of them.

    Args:
        journal: what records.
    """

    def __init__(self, journal: Records) -> None:
        self._journal = journal

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records an event."""
        self._journal.append(run_id, seq=seq, event=event)

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records an event of a campaign."""
        self._journal.append_campaign(campaign_id, seq=seq, event=event)

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

    def position(self) -> int:
        """Returns the position of the newest event."""
        return self._journal.position()

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterable[tuple[int, Recorded]]:
        """Returns all events after a position and a time."""
        return self._journal.tail(after=after, since=since)

    def verify(self) -> AuditReport:
        """Checks every hash of every chain."""
        return self._journal.verify()

    def forget_texts(
        self, episode_id: str, *, by: str, where: str, with_run: bool = False
    ) -> tuple[str, ...]:
        """Takes what events recalled of an episode out of them."""
        return self._journal.forget_texts(episode_id, by=by, where=where, with_run=with_run)

    def close(self) -> None:
        """Closes the journal."""
        self._journal.close()
