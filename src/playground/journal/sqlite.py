"""The journal in one SQLite file: write-ahead log, flushed to the disk at every event.

Threads share one connection under a lock; processes take turns by SQLite's own lock. The table
`run` is an index over the events, kept in the same transaction and checked by the audit.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from playground.domain.campaigns import PREFIX, CampaignEvent
from playground.domain.errors import BadInput, Conflict, StorageUnavailable
from playground.domain.events import Event, RunEnded, TaskOpened
from playground.domain.ports import AuditReport, Recorded
from playground.domain.runs import Run
from playground.journal.audit import audit, index_row
from playground.journal.chain import Entry, journal_link, run_link
from playground.journal.codec import FORMAT, decode, decode_campaign, encode, storable
from playground.journal.head import Head, HeadFile
from playground.journal.presence import LockedPresence
from playground.journal.rows import Row, check_opening, checked, kind_of
from playground.journal.schema import connect, number, prepare, trouble

_PAGE_ROWS = 200

_EVENTS = "SELECT e.run, e.seq, e.at, e.form, e.body, e.run_hash FROM event e "
_EVENTS_OF_RUN = _EVENTS + "WHERE e.run = ? ORDER BY e.seq"
_EVENTS_FROM = _EVENTS + "WHERE e.run = ? AND e.seq >= ? ORDER BY e.seq"
_EVENTS_OF_ALL = _EVENTS + "JOIN run r ON r.id = e.run ORDER BY r.first, e.seq"
_EVENTS_OF_OPEN = _EVENTS + "JOIN run r ON r.id = e.run WHERE r.ended = 0 ORDER BY r.first, e.seq"
_EVENTS_OF_ROOT = _EVENTS + "JOIN run r ON r.id = e.run WHERE r.root = ? ORDER BY r.first, e.seq"
_EVENTS_OF_OPEN_OF_ROOT = (
    _EVENTS + "JOIN run r ON r.id = e.run WHERE r.ended = 0 AND r.root = ? ORDER BY r.first, e.seq"
)


class SqliteJournal:
    """The port `Journal` on a file; any number of threads and processes may use it at once.

    The file and its companions (`-wal`, `-shm`, `.head`) are readable by their owner alone; a
    folder that has to be made is closed to others too.

    Args:
        path: the database file; made when it does not exist.
        clock: gives seconds since the epoch, UTC.
        busy_timeout_s: how long to wait for another process that is writing.

    Raises:
        StorageUnavailable: the file cannot be opened, is damaged or is of a newer version.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        busy_timeout_s: float = 10.0,
    ) -> None:
        self._path = path
        self._clock = clock
        self._busy_timeout_s = busy_timeout_s
        self._lock = threading.RLock()
        self._head = HeadFile(path.with_suffix(".head"))
        try:
            self._connection: sqlite3.Connection | None = self._opened()
        except (sqlite3.Error, OSError) as error:
            raise trouble(error, path=path) from error

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records the run's event number `seq` (from 0); on return it survives a power cut.

        Raises:
            Conflict: that number is taken, or `seq` is not the next one, or the newest run for
                the same task has not ended.
            BadInput: a run must begin with `TaskOpened`.
            StorageUnavailable: the disk is full or the file cannot be used.
        """
        self._record(run_id, seq, event)

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records the campaign's event number `seq` (from 0), as `append` does.

        Raises:
            Conflict: that number is taken, or `seq` is not the next one.
            BadInput: the id is no campaign's, or the first event opens nothing.
            StorageUnavailable: the disk is full or the file cannot be used.
        """
        if kind_of(campaign_id) != "campaign":
            raise BadInput(f"{campaign_id} is no campaign; its id begins with {PREFIX}.")
        self._record(campaign_id, seq, event)

    def campaign_events(self, campaign_id: str, *, start: int = 0) -> list[CampaignEvent]:
        """Returns the campaign's events from number `start` on, after checking their chain.

        Raises:
            Tampered: the events do not add up.
            StorageUnavailable: the file cannot be used.
        """
        rows = self._rows(_EVENTS_FROM, (storable(campaign_id), max(start - 1, 0)))
        return [decode_campaign(row[4], form=row[3]) for row in checked(rows, start=start)]

    def campaigns(self, prefix: str = PREFIX) -> list[str]:
        """Returns the ids of campaigns that begin with `prefix`, sorted.

        Raises:
            StorageUnavailable: the file cannot be used.
        """
        low = storable(prefix)
        query = "SELECT run FROM event WHERE run >= ? AND run < ? AND seq = 0 ORDER BY run"
        with self._using() as db:
            rows = db.execute(query, (low, low + "\U0010ffff")).fetchall()
        return [str(row[0]) for row in rows]

    def join(self) -> LockedPresence:
        """Makes this process known to others that use the journal.

        Raises:
            StorageUnavailable: the folder beside the journal cannot be written.
        """
        try:
            return LockedPresence(self._path.parent / "workers")
        except OSError as error:
            raise trouble(error, path=self._path) from error

    def _record(self, stream: str, seq: int, event: Event | CampaignEvent) -> None:
        name, body = storable(stream), encode(event)
        with self._using() as db:
            db.execute("BEGIN IMMEDIATE")
            due, previous = _end_of_run(db, name)
            if seq != due:
                raise Conflict(
                    f"Event {seq} of {kind_of(stream)} {stream} cannot be recorded because {due} "
                    "is next; load it and try again."
                )
            check_opening(stream, seq=seq, event=event)
            if isinstance(event, TaskOpened):
                _refuse_second(db, event.task.key)
            entry = Entry(name, seq, float(self._clock()), FORMAT, body)
            head = _insert(db, entry, previous=previous)
            _index(db, entry, position=head.position, event=event)
            db.execute("COMMIT")
            # The event is safe now. A head that stays behind weakens one check of the audit; an
            # error here would make the caller believe that the event is lost.
            with contextlib.suppress(OSError, sqlite3.Error):
                self._head.advance(head, is_on_chain=lambda old: _is_on_chain(db, old))

    def load(self, run_id: str) -> Run:
        """Returns a run.

        Raises:
            BadInput: there is none with this id.
            Tampered: its events do not add up.
            StorageUnavailable: the file cannot be used.
        """
        rows = self._rows(_EVENTS_OF_RUN, (storable(run_id),))
        if not rows:
            raise BadInput(f"There is no run {run_id}; give the id of a run that was opened.")
        return _run_of(rows)

    def find(self, prefix: str) -> str:
        """Returns the one run id that begins with `prefix`; an exact id wins.

        Raises:
            BadInput: none or several do.
            StorageUnavailable: the file cannot be used.
        """
        start = storable(prefix)
        with self._using() as db:
            rows = db.execute(
                "SELECT id FROM run WHERE substr(id, 1, ?) = ? ORDER BY first", (len(start), start)
            ).fetchall()
        found = [str(row[0]) for row in rows]
        if start in found:
            return start
        if not found:
            raise BadInput(f"No run id begins with {prefix!r}; give the id of a run.")
        if len(found) > 1:
            raise BadInput(
                f"{len(found)} run ids begin with {prefix!r}, such as {found[0]} and {found[1]}; "
                "give more of it."
            )
        return found[0]

    def runs(self, *, root: str = "", open_only: bool = False) -> list[Run]:
        """Returns runs, oldest first; of one repository, and not ended, if asked so.

        Raises:
            Tampered: the events of a run do not add up.
            StorageUnavailable: the file cannot be used.
        """
        if root:
            query = _EVENTS_OF_OPEN_OF_ROOT if open_only else _EVENTS_OF_ROOT
            rows = self._rows(query, (storable(root),))
        else:
            rows = self._rows(_EVENTS_OF_OPEN if open_only else _EVENTS_OF_ALL, ())
        return [_run_of(list(group)) for _, group in groupby(rows, key=lambda row: row[0])]

    def newest_with_key(self, key: str) -> Run | None:
        """Returns the newest run whose task has this key.

        Raises:
            Tampered: the run's events do not add up.
            StorageUnavailable: the file cannot be used.
        """
        with self._using() as db:
            row = db.execute(
                "SELECT id FROM run WHERE key = ? ORDER BY first DESC LIMIT 1", (key,)
            ).fetchone()
        return self.load(str(row[0])) if row else None

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterator[tuple[int, Recorded]]:
        """Yields all events of runs after a position, with their positions from 1, oldest first.

        Events recorded while it runs are yielded too, those recorded before `since` (seconds
        since the epoch) are not.

        Raises:
            StorageUnavailable: the file cannot be used.
        """
        position = after
        while True:
            with self._using() as db:
                page = db.execute(
                    "SELECT position, run, seq, at, form, body FROM event "
                    "WHERE position > ? AND at >= ? ORDER BY position LIMIT ?",
                    (position, since, _PAGE_ROWS),
                ).fetchall()
            for position, run, seq, at, form, body in page:
                if not run.startswith(PREFIX):
                    yield position, Recorded(run, seq, at, decode(body, form=form))
            if len(page) < _PAGE_ROWS:
                return

    def verify(self) -> AuditReport:
        """Checks every hash of every chain, the order, the end and the index.

        Raises:
            StorageUnavailable: the file cannot be read at all.
        """
        try:
            head = self._head.read()  # before the events, which may only be ahead of it
            with contextlib.closing(self._connected()) as db:
                db.execute("BEGIN")
                return audit(db, head=head)
        except (sqlite3.Error, OSError) as error:
            raise trouble(error, path=self._path) from error

    def close(self) -> None:
        """Closes the file; may be called twice."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _connected(self) -> sqlite3.Connection:
        return connect(self._path, busy_timeout_s=self._busy_timeout_s)

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._head.turn(create=True) as head:
            _make_private(self._path)
            db = self._connected()
            try:
                prepare(db, path=self._path)
                if number(db, "SELECT count(*) FROM event") == 0:
                    self._head.begin(head)
            except BaseException:
                db.close()
                raise
        return db

    @contextlib.contextmanager
    def _using(self) -> Generator[sqlite3.Connection]:
        """Lends the connection to one thread; whatever was begun and not committed is undone."""
        with self._lock:
            db = self._connection
            if db is None:
                raise StorageUnavailable(f"The journal {self._path} is closed; open it again.")
            try:
                yield db
            except sqlite3.Error as error:
                raise trouble(error, path=self._path) from error
            finally:
                if db.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        db.execute("ROLLBACK")

    def _rows(self, query: str, values: tuple[str | int, ...]) -> list[Row]:
        with self._using() as db:
            return db.execute(query, values).fetchall()


def _make_private(path: Path) -> None:
    """Makes the file for its owner alone.

    An existing file is never opened here: closing it would drop SQLite's locks on it.
    """
    if path.exists():
        path.chmod(0o600)
        return
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def _end_of_run(db: sqlite3.Connection, run: str) -> tuple[int, str]:
    """Returns the number that the run's next event must have, and the hash before it."""
    row = db.execute(
        "SELECT seq, run_hash FROM event WHERE run = ? ORDER BY seq DESC LIMIT 1", (run,)
    ).fetchone()
    return (int(row[0]) + 1, str(row[1])) if row else (0, "")


def _refuse_second(db: sqlite3.Connection, key: str) -> None:
    """Keeps two processes that look for an unfinished run at once from opening one each.

    Raises:
        Conflict: the newest run with this key has not ended.
    """
    newest = "SELECT id, ended FROM run WHERE key = ? ORDER BY first DESC LIMIT 1"
    row = db.execute(newest, (key,)).fetchone()
    if row is not None and not row[1]:
        raise Conflict(f"Run {row[0]} for the same task has not ended; carry it on.")


def _insert(db: sqlite3.Connection, entry: Entry, *, previous: str) -> Head:
    """Inserts the event at the next position that was never given out before."""
    given = number(db, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'event'")
    row = db.execute("SELECT position, hash FROM event ORDER BY position DESC LIMIT 1").fetchone()
    last, before = (int(row[0]), str(row[1])) if row else (0, "")
    position = max(given, last) + 1
    link = run_link(entry, previous=previous)
    digest = journal_link(link, position=position, previous=before)
    db.execute(
        "INSERT INTO event (position, run, seq, at, form, body, run_hash, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (position, entry.run, entry.seq, entry.at, entry.form, entry.body, link, digest),
    )
    return Head(position, digest)


def _index(
    db: sqlite3.Connection, entry: Entry, *, position: int, event: Event | CampaignEvent
) -> None:
    """Keeps the table of runs in step with the event; campaigns are found by their ids."""
    if entry.seq == 0 and isinstance(event, TaskOpened):
        values = (entry.run, *index_row(event, first=position, ended=False))
        db.execute("INSERT INTO run (id, root, key, first, ended) VALUES (?, ?, ?, ?, ?)", values)
        return
    if entry.run.startswith(PREFIX):
        return
    ended = int(isinstance(event, RunEnded))
    db.execute("UPDATE run SET ended = ? WHERE id = ? AND ended != ?", (ended, entry.run, ended))


def _is_on_chain(db: sqlite3.Connection, head: Head) -> bool:
    if head.position == 0:
        return True
    row = db.execute("SELECT hash FROM event WHERE position = ?", (head.position,)).fetchone()
    return row == (head.hash,)


def _run_of(rows: Sequence[Row]) -> Run:
    """Returns the run that the rows record, after checking its chain."""
    events = tuple(decode(row[4], form=row[3]) for row in checked(rows))
    return Run(rows[0][0], events)
