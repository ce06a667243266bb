"""Runs and campaigns over the two tables `event` and `run`, whatever database keeps them.

`event` holds every event once, in one chain; `run` is an index over it, kept in the same
transaction and checked by the audit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from playground.domain.audits import FORGETTING, TextsForgotten
from playground.domain.campaigns import PREFIX, CampaignEvent
from playground.domain.errors import BadInput
from playground.domain.events import Event, Recorded
from playground.domain.runs import Run, one_run
from playground.journal.codec import decode, decode_campaign, decode_forgetting, storable
from playground.journal.forgetting import Links, links_of
from playground.journal.moving import PAGE_ROWS, STORED
from playground.journal.rows import Row, checked, kind_of

_PAGE_ROWS = 200
_PAGE = (
    "SELECT position, run, seq, at, form, body FROM event "
    "WHERE position > ? AND at >= ? ORDER BY position LIMIT ?"
)

_EVENTS = "SELECT e.run, e.seq, e.at, e.form, e.body, e.run_hash FROM event e "
_EVENTS_OF_RUN = _EVENTS + "WHERE e.run = ? ORDER BY e.seq"
_EVENTS_FROM = _EVENTS + "WHERE e.run = ? AND e.seq >= ? ORDER BY e.seq"
_EVENTS_OF_ALL = _EVENTS + "JOIN run r ON r.id = e.run ORDER BY r.first, e.seq"
_EVENTS_OF_OPEN = _EVENTS + "JOIN run r ON r.id = e.run WHERE r.ended = 0 ORDER BY r.first, e.seq"
_EVENTS_OF_ROOT = _EVENTS + "JOIN run r ON r.id = e.run WHERE r.root = ? ORDER BY r.first, e.seq"
_EVENTS_OF_OPEN_OF_ROOT = (
    _EVENTS + "JOIN run r ON r.id = e.run WHERE r.ended = 0 AND r.root = ? ORDER BY r.first, e.seq"
)


class SqlRecords(ABC):
    """What the ports `Journal` and `CampaignJournal` have in common on every database."""

    @abstractmethod
    def _select(self, query: str, values: tuple[str | int | float, ...] = ()) -> list[Any]:
        """Returns the rows of a query with a `?` for each value.

        Raises:
            StorageUnavailable: the database cannot be used.
        """

    @abstractmethod
    def _record(self, stream: str, seq: int, event: Event | CampaignEvent) -> None:
        """Records a stream's event number `seq`, in one transaction.

        Raises:
            Conflict: it is not the next one, or opens a second run for a task.
            BadInput: it opens a stream of another kind, or a second time.
            StorageUnavailable: the database cannot be used.
        """

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records the run's event number `seq` (from 0); on return it survives any kill.

        It survives a power cut too, unless it is derived (`domain.recording`) and the newest.

        Raises:
            Conflict: that number is taken, or `seq` is not the next one, or the newest run for
                the same task has not ended.
            BadInput: a run must begin with `TaskOpened`.
            StorageUnavailable: the disk is full or the database cannot be used.
        """
        self._record(run_id, seq, event)

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records the campaign's event number `seq` (from 0), as `append` does.

        Raises:
            Conflict: that number is taken, or `seq` is not the next one.
            BadInput: the id is no campaign's, or the first event opens nothing.
            StorageUnavailable: the disk is full or the database cannot be used.
        """
        if kind_of(campaign_id) != "campaign":
            raise BadInput(f"{campaign_id} is no campaign; its id begins with {PREFIX}.")
        self._record(campaign_id, seq, event)

    def campaign_events(self, campaign_id: str, *, start: int = 0) -> list[CampaignEvent]:
        """Returns the campaign's events from number `start` on, after checking their chain.

        Raises:
            Tampered: the events do not add up.
            StorageUnavailable: the database cannot be used.
        """
        rows = self._select(_EVENTS_FROM, (storable(campaign_id), max(start - 1, 0)))
        return [decode_campaign(row[4], form=row[3]) for row in checked(rows, start=start)]

    def campaigns(self, prefix: str = PREFIX) -> list[str]:
        """Returns the ids of campaigns that begin with `prefix`, sorted.

        Raises:
            StorageUnavailable: the database cannot be used.
        """
        low = storable(prefix)
        query = "SELECT run FROM event WHERE run >= ? AND run < ? AND seq = 0 ORDER BY run"
        rows = self._select(query, (low, low + "\U0010ffff"))
        return [str(row[0]) for row in rows]

    def load(self, run_id: str) -> Run:
        """Returns a run.

        Raises:
            BadInput: there is none with this id.
            Tampered: its events do not add up.
            StorageUnavailable: the database cannot be used.
        """
        rows = self._select(_EVENTS_OF_RUN, (storable(run_id),))
        if not rows or kind_of(run_id) != "run":
            raise BadInput(f"There is no run {run_id}; give the id of a run that was opened.")
        return _run_of(rows, self._links)

    def find(self, prefix: str) -> str:
        """Returns the one run id that begins with `prefix`; an exact id wins.

        Raises:
            BadInput: none or several do.
            StorageUnavailable: the database cannot be used.
        """
        start = storable(prefix)
        query = "SELECT id FROM run WHERE substr(id, 1, ?) = ? ORDER BY first"
        rows = self._select(query, (len(start), start))
        return one_run([str(row[0]) for row in rows], prefix=start)

    def runs(self, *, root: str = "", open_only: bool = False) -> list[Run]:
        """Returns runs, oldest first; of one repository, and not ended, if asked so.

        Raises:
            Tampered: the events of a run do not add up.
            StorageUnavailable: the database cannot be used.
        """
        if root:
            query = _EVENTS_OF_OPEN_OF_ROOT if open_only else _EVENTS_OF_ROOT
            rows = self._select(query, (storable(root),))
        else:
            rows = self._select(_EVENTS_OF_OPEN if open_only else _EVENTS_OF_ALL, ())
        links = cache(self._links)  # of many such runs, asked once
        return [_run_of(list(group), links) for _, group in groupby(rows, key=lambda row: row[0])]

    def newest_with_key(self, key: str) -> Run | None:
        """Returns the newest run whose task has this key.

        Raises:
            Tampered: the run's events do not add up.
            StorageUnavailable: the database cannot be used.
        """
        rows = self._select("SELECT id FROM run WHERE key = ? ORDER BY first DESC LIMIT 1", (key,))
        return self.load(str(rows[0][0])) if rows else None

    def stored(self, *, after: int, rows_max: int = PAGE_ROWS) -> list[Any]:
        """Returns events after a position as they are stored, to be copied.

        Raises:
            StorageUnavailable: the database cannot be used.
        """
        query = STORED + "WHERE position > ? ORDER BY position LIMIT ?"
        return self._select(query, (after, rows_max))

    def position(self) -> int:
        """Returns the position of the newest event, 0 for none.

        Raises:
            StorageUnavailable: the database cannot be used.
        """
        rows = self._select("SELECT max(position) FROM event")
        return int(rows[0][0] or 0)

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterator[tuple[int, Recorded]]:
        """Yields all events of runs after a position, with their positions from 1, oldest first.

        Events recorded while it runs are yielded too, those recorded before `since` (seconds
        since the epoch) are not.

        Raises:
            StorageUnavailable: the database cannot be used.
        """
        position = after
        while True:
            page = self._select(_PAGE, (position, since, _PAGE_ROWS))
            for position, run, seq, at, form, body in page:
                if kind_of(run) == "run":
                    yield position, Recorded(run, seq, at, decode(body, form=form))
            if len(page) < _PAGE_ROWS:
                return

    def forgettings(self) -> list[TextsForgotten]:
        """Returns what is said about texts that were taken out, oldest first.

        Raises:
            Tampered: the events do not add up.
            StorageUnavailable: the database cannot be used.
        """
        rows = checked(self._select(_EVENTS_OF_RUN, (FORGETTING,)))
        return [decode_forgetting(row[4], form=row[3]) for row in rows]

    def bodies(self, places: Sequence[tuple[str, int]]) -> list[tuple[int, str, str, int]]:
        """Returns form, body, run and number of events, given by run and number.

        Raises:
            StorageUnavailable: the database cannot be used.
        """
        query = "SELECT form, body, run, seq FROM event WHERE run = ? AND seq = ?"
        return [tuple(row) for place in places for row in self._select(query, place)]

    def _links(self) -> Links:
        return links_of(self.forgettings())


def _run_of(rows: Sequence[Row], links: Callable[[], Links]) -> Run:
    """Returns the run that the rows record, after checking its chain."""
    events = tuple(decode(row[4], form=row[3]) for row in checked(rows, blanked=links))
    return Run(rows[0][0], events)
