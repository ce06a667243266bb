"""The journal in one SQLite file: write-ahead log, flushed to the disk at every event.

What follows from other events (`domain.recording.is_derived`) is committed like the rest, so that
no kill loses it, and gets to the disk with the next event: a flush is several waits, each of which
ends in a queue for a processor while a model answers. The log is a sequence, so nothing later is
there without it.

Threads share one connection under a lock; processes take turns by SQLite's own lock. The table
`run` is an index over the events, kept in the same transaction and checked by the audit.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from playground.domain.audits import FORGETTING, AuditReport, TextsForgotten
from playground.domain.campaigns import CampaignEvent
from playground.domain.errors import StorageUnavailable
from playground.domain.events import Event, RunEnded, TaskOpened
from playground.domain.recording import is_derived
from playground.journal.audit import audit, index_row
from playground.journal.chain import Ends, Entry, linked
from playground.journal.codec import FORMAT, encode, storable
from playground.journal.forgetting import (
    OF_RUN,
    OVERWRITE,
    OVERWRITE_PLACE,
    RECALLED,
    RECALLS,
    Blanking,
    Wish,
    blankings,
    runs_of,
)
from playground.journal.head import EMPTY, Head, HeadFile
from playground.journal.ledger import SqliteLedger
from playground.journal.moving import Page, check_end, check_here, check_ready
from playground.journal.presence import LockedPresence
from playground.journal.records import SqlRecords
from playground.journal.rows import check_alone, check_next, check_opening, kind_of
from playground.journal.schema import connect, mark_moved, moved_to, number, prepare, trouble

_INSERT = (
    "INSERT INTO event (position, run, seq, at, form, body, run_hash, hash) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class SqliteJournal(SqlRecords):
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
        is_flushed = not is_derived(event)
        with self._using() as db:
            _begin(db, is_flushed=is_flushed)
            check_here(moved_to(db), name=self.name)
            due, previous = _end_of_run(db, name)
            check_next(stream, seq=seq, due=due)
            check_opening(stream, seq=seq, event=event)
            if isinstance(event, TaskOpened):
                check_alone(_newest_with_key(db, event.task.key))
            entry = Entry(name, seq, float(self._clock()), FORMAT, body)
            head = _insert(db, entry, previous=previous)
            _index(db, entry, position=head.position, event=event)
            db.execute("COMMIT")
            if not is_flushed:
                return  # the head must never be ahead of what is on the disk
            # The event is safe now. A head that stays behind weakens one check of the audit; an
            # error here would make the caller believe that the event is lost.
            with contextlib.suppress(OSError, sqlite3.Error):
                self._head.advance(head, is_on_chain=lambda old: _is_on_chain(db, old))

    @property
    def name(self) -> str:
        """The file, for a sentence."""
        return str(self._path)

    def moved_to(self) -> str:
        """Returns the place where the journal lies now, "" when it is here.

        Raises:
            StorageUnavailable: the file cannot be used.
        """
        with self._using() as db:
            return storable(moved_to(db))

    def leave(self, *, place: str, end: Head) -> None:
        """Takes no event any more, as `Storage` says."""
        with self._using() as db:
            _begin(db)
            check_ready(_end(db), moved_to(db), end=end, place=storable(place))
            mark_moved(db, place=storable(place))
            db.execute("COMMIT")

    def reopen(self) -> None:
        """Takes events again, as `Storage` says."""
        with self._using() as db:
            _begin(db)
            mark_moved(db, place="")
            db.execute("COMMIT")

    def end(self) -> Head:
        """Returns where the journal ends.

        Raises:
            StorageUnavailable: the file cannot be used.
        """
        with self._using() as db:
            return _end(db)

    def take(self, page: Page) -> None:
        """Records events of another journal as they are, all or none.

        Raises:
            Conflict: this journal does not end where they begin.
            StorageUnavailable: the disk is full or the file cannot be used.
        """
        with self._using() as db:
            _begin(db)
            check_end(_end(db), page=page)
            db.executemany(_INSERT, page.rows)
            db.executemany(
                "INSERT INTO run (id, root, key, first, ended) VALUES (?, ?, ?, ?, ?)", page.opened
            )
            db.executemany("UPDATE run SET ended = ? WHERE id = ?", page.ended)
            db.executemany(OVERWRITE_PLACE, page.blanked)
            db.execute("COMMIT")
            with contextlib.suppress(OSError, sqlite3.Error):
                self._head.advance(page.end, is_on_chain=lambda old: _is_on_chain(db, old))

    def forget_texts(
        self, episode_id: str, *, by: str, where: str, with_run: bool = False
    ) -> tuple[str, ...]:
        """Takes what events recalled of an episode out of them, as the port says.

        Raises:
            Unreadable: an event is none of this version; nothing is taken out.
            StorageUnavailable: the disk is full, or another program keeps the file.
        """
        wish = Wish(storable(episode_id), by, where, with_run)
        with self._using() as db:
            _begin(db)
            check_here(moved_to(db), name=self.name)
            rows = chain(db.execute(RECALLS, (0, RECALLED, -1)), db.execute(OF_RUN, (wish.run,)))
            found = list(blankings(rows, wish=wish))
            head = EMPTY
            if found:
                head = _overwrite(db, found, wish.event(found, at=float(self._clock())))
            db.execute("COMMIT")
            if found:
                with contextlib.suppress(OSError, sqlite3.Error):
                    self._head.advance(head, is_on_chain=lambda old: _is_on_chain(db, old))
        self.rewrite()
        return runs_of(self.forgettings(), episode_id=wish.episode_id)

    def rewrite(self) -> None:
        """Writes the file anew, so that no byte of it holds what was overwritten.

        Raises:
            StorageUnavailable: the disk is full, or another program keeps the file.
        """
        with self._using() as db:
            db.execute("VACUUM")
            (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StorageUnavailable(
                f"Another program reads the journal {self._path}, so what was forgotten still "
                "lies in its log; end that program and try again."
            )

    def verify(self) -> AuditReport:
        """Checks every hash of every chain, the order, the end and the index.

        Raises:
            StorageUnavailable: the file cannot be read at all.
        """
        try:
            head = self._head.read()  # before the events, which may only be ahead of it
            with contextlib.closing(self._connected()) as db:
                db.execute("BEGIN")
                return audit(SqliteLedger(db), head=head)
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

    def _select(self, query: str, values: tuple[str | int | float, ...] = ()) -> list[Any]:
        with self._using() as db:
            return db.execute(query, values).fetchall()


def _begin(db: sqlite3.Connection, *, is_flushed: bool = True) -> None:
    """Begins to write; what is committed then is on the disk, unless it may get there later."""
    db.execute(f"PRAGMA synchronous = {'FULL' if is_flushed else 'NORMAL'}")
    db.execute("BEGIN IMMEDIATE")


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


def _end(db: sqlite3.Connection) -> Head:
    """Returns position and hash of the newest event."""
    row = db.execute("SELECT position, hash FROM event ORDER BY position DESC LIMIT 1").fetchone()
    return Head(int(row[0]), str(row[1])) if row else EMPTY


def _newest_with_key(db: sqlite3.Connection, key: str) -> tuple[str, int] | None:
    """Returns the id of the newest run with this key and whether it has ended."""
    newest = "SELECT id, ended FROM run WHERE key = ? ORDER BY first DESC LIMIT 1"
    return db.execute(newest, (key,)).fetchone()


def _insert(db: sqlite3.Connection, entry: Entry, *, previous: str) -> Head:
    """Inserts the event at the next position that was never given out before."""
    given = number(db, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'event'")
    end = _end(db)
    ends = Ends(run_hash=previous, position=max(given, end.position), hash=end.hash)
    link = linked(entry, after=ends)
    db.execute(_INSERT, link.row(entry))
    return Head(link.position, link.hash)


def _overwrite(db: sqlite3.Connection, found: Sequence[Blanking], event: TextsForgotten) -> Head:
    """Overwrites events and records that; returns where the journal ends now."""
    seq, previous = _end_of_run(db, FORGETTING)
    entry = Entry(FORGETTING, seq, event.at, FORMAT, encode(event))
    head = _insert(db, entry, previous=previous)
    db.executemany(OVERWRITE, [one.values for one in found])
    return head


def _index(
    db: sqlite3.Connection, entry: Entry, *, position: int, event: Event | CampaignEvent
) -> None:
    """Keeps the table of runs in step with the event; campaigns are found by their ids."""
    if entry.seq == 0 and isinstance(event, TaskOpened):
        values = (entry.run, *index_row(event, first=position, ended=False))
        db.execute("INSERT INTO run (id, root, key, first, ended) VALUES (?, ?, ?, ?, ?)", values)
        return
    if kind_of(entry.run) != "run":
        return
    ended = int(isinstance(event, RunEnded))
    db.execute("UPDATE run SET ended = ? WHERE id = ? AND ended != ?", (ended, entry.run, ended))


def _is_on_chain(db: sqlite3.Connection, head: Head) -> bool:
    if head.position == 0:
        return True
    row = db.execute("SELECT hash FROM event WHERE position = ?", (head.position,)).fetchone()
    return row == (head.hash,)
