"""A journal in memory, for tests and for trials that must leave nothing behind."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from playground.domain.audits import (
    FORGETTING,
    AuditReport,
    Blanked,
    TextsForgotten,
    blank,
    without_texts,
)
from playground.domain.campaigns import PREFIX, CampaignEvent, CampaignOpened
from playground.domain.errors import BadInput, Conflict
from playground.domain.events import Event, Recorded, RunEnded, TaskOpened
from playground.domain.recording import is_derived
from playground.domain.runs import Run, one_run


class MemoryJournal:
    """The port `Journal` on a list; hash-chained, safe to share between threads.

    It outlives `close`, so that a test can treat it as the disk that survives a crash.

    Args:
        clock: gives seconds since the epoch, UTC.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._chain: list[tuple[Recorded, str]] = []
        self._campaigns: dict[str, list[CampaignEvent]] = {}
        self._workers: set[str] = set()
        self._events: dict[str, list[Event]] = {}
        self._newest: dict[str, str] = {}  # the newest run of each task's key
        self._forgotten: list[TextsForgotten] = []
        self._unflushed: list[str] = []  # streams of derived events with nothing after them

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records the run's event number `seq` (from 0).

        Raises:
            Conflict: that number is taken, or `seq` is not the next one, or the newest run for
                the same task has not ended.
            BadInput: a run must begin with `TaskOpened`.
        """
        if run_id == FORGETTING:
            raise BadInput(f"{FORGETTING} is no id of a run; choose another one.")
        with self._lock:
            expected = len(self._events.get(run_id, ()))
            if seq != expected:
                raise Conflict(
                    f"Event {seq} of run {run_id} cannot be recorded because {expected} is next; "
                    "load the run and try again."
                )
            if seq == 0 and not isinstance(event, TaskOpened):
                raise BadInput(f"Begin run {run_id} with TaskOpened, not {type(event).__name__}.")
            if isinstance(event, TaskOpened):
                known = self.newest_with_key(event.task.key)
                if known is not None and known.ended is None:
                    raise Conflict(f"Run {known.id} for the same task has not ended; carry it on.")
            record = Recorded(run_id, seq, self._clock(), event)
            self._note(run_id, event)
            self._chain.append((record, _linked(self._head(), record)))
            self._events.setdefault(run_id, []).append(event)
            if seq == 0 and isinstance(event, TaskOpened):
                self._newest[event.task.key] = run_id

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records the campaign's event number `seq` (from 0).

        Raises:
            Conflict: that number is taken, or `seq` is not the next one.
            BadInput: the id is no campaign's, or the first event opens nothing.
        """
        if not campaign_id.startswith(PREFIX):
            raise BadInput(f"{campaign_id} is no campaign; its id begins with {PREFIX}.")
        with self._lock:
            expected = len(self._campaigns.get(campaign_id, ()))
            if seq != expected:
                raise Conflict(
                    f"Event {seq} of campaign {campaign_id} cannot be recorded because {expected} "
                    "is next; load it and try again."
                )
            if (seq == 0) != isinstance(event, CampaignOpened):
                raise BadInput("Begin a campaign with CampaignOpened, and only once.")
            self._note(campaign_id, event)
            self._campaigns.setdefault(campaign_id, []).append(event)

    def power_cut(self) -> None:
        """Loses what a journal on a disk may not have there yet."""
        with self._lock:
            for stream in reversed(self._unflushed):
                if stream.startswith(PREFIX):
                    self._campaigns[stream].pop()
                else:
                    self._events[stream].pop()
                    self._chain.pop()
            self._unflushed.clear()

    def _note(self, stream: str, event: Event | CampaignEvent) -> None:
        if is_derived(event):
            self._unflushed.append(stream)
        else:
            self._unflushed.clear()

    def campaign_events(self, campaign_id: str, *, start: int = 0) -> list[CampaignEvent]:
        """Returns the events from number `start` on."""
        with self._lock:
            return self._campaigns.get(campaign_id, [])[start:]

    def campaigns(self, prefix: str = PREFIX) -> list[str]:
        """Returns the ids that begin with `prefix`, sorted."""
        with self._lock:
            return sorted(known for known in self._campaigns if known.startswith(prefix))

    def join(self) -> MemoryPresence:
        """Makes a worker known."""
        return MemoryPresence(self._workers)

    def load(self, run_id: str) -> Run:
        """Returns a run.

        Raises:
            BadInput: there is none with this id.
        """
        with self._lock:
            if run_id not in self._events:
                raise BadInput(f"There is no run {run_id}; give the id of a run that was opened.")
            return Run(run_id, tuple(self._events[run_id]))

    def find(self, prefix: str) -> str:
        """Returns the one run id that begins with `prefix`; an exact id wins.

        Raises:
            BadInput: none or several do.
        """
        with self._lock:
            found = [run_id for run_id in self._events if run_id.startswith(prefix)]
        return one_run(found, prefix=prefix)

    def runs(self, *, root: str = "", open_only: bool = False) -> list[Run]:
        """Returns runs, oldest first; of one repository, and not ended, if asked so."""
        with self._lock:
            every = [Run(run_id, tuple(events)) for run_id, events in self._events.items()]
        return [
            run
            for run in every
            if (not root or run.task.root == root)
            and not (open_only and isinstance(run.last, RunEnded))
        ]

    def newest_with_key(self, key: str) -> Run | None:
        """Returns the newest run whose task has this key."""
        with self._lock:
            run_id = self._newest.get(key)
            return None if run_id is None else self.load(run_id)

    def position(self) -> int:
        """Returns how many events there are."""
        with self._lock:
            return len(self._chain)

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterator[tuple[int, Recorded]]:
        """Yields events after a position and a time, with positions from 1, oldest first."""
        with self._lock:
            records = [record for record, _ in self._chain[max(after, 0) :]]
        for position, record in enumerate(records, start=max(after, 0) + 1):
            if record.at >= since:
                yield position, record

    def verify(self) -> AuditReport:
        """Checks every link of the chain."""
        with self._lock:
            chain = list(self._chain)
            wishes = tuple(self._forgotten)
        said = {(b.run, b.seq): b.link for one in wishes for b in one.blanked}
        problems: list[str] = []
        previous, forgotten = "", 0
        for position, (record, link) in enumerate(chain, start=1):
            if _linked(previous, record) != link:
                if said.get((record.run_id, record.seq)) == _linked(link, record):
                    forgotten += 1
                else:
                    problems.append(f"Event {position} is not what was recorded.")
            previous = link
        runs = len({record.run_id for record, _ in chain})
        return AuditReport(len(chain), runs, previous, tuple(problems), forgotten, wishes)

    def forget_texts(
        self, episode_id: str, *, by: str, where: str, with_run: bool = False
    ) -> tuple[str, ...]:
        """Takes what events recalled of an episode out of them."""
        with self._lock:
            blanked: list[Blanked] = []
            for place, (record, link) in enumerate(self._chain):
                left = without_texts(record.event, episode_id=episode_id)
                if with_run and record.run_id == episode_id:
                    left = blank(left)
                if left != record.event:
                    fresh = replace(record, event=left)
                    self._chain[place] = fresh, link
                    self._events[record.run_id][record.seq] = left
                    blanked.append(Blanked(record.run_id, record.seq, _linked(link, fresh)))
            if blanked:
                said = TextsForgotten(episode_id, by, where, self._clock(), tuple(blanked))
                self._forgotten.append(said)
            named = (o for o in self._forgotten if o.episode_id == episode_id)
            return tuple(dict.fromkeys(b.run for one in named for b in one.blanked))

    def close(self) -> None:
        """Does nothing; what was recorded stays readable."""

    def _head(self) -> str:
        return self._chain[-1][1] if self._chain else ""


class MemoryPresence:
    """A worker that lives until it is closed; in one process, death is `close` too.

    Args:
        workers: those that live, shared by all.
    """

    def __init__(self, workers: set[str]) -> None:
        self._workers = workers
        self.id = f"worker-{secrets.token_hex(4)}"
        workers.add(self.id)

    def gone(self, workers: Collection[str]) -> frozenset[str]:
        """Returns those that do not live."""
        return frozenset(set(workers) - self._workers)

    def close(self) -> None:
        """Leaves."""
        self._workers.discard(self.id)


def _linked(previous: str, record: Recorded) -> str:
    return hashlib.sha256(f"{previous}\n{record!r}".encode()).hexdigest()
