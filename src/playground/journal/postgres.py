"""The journal on a PostgreSQL server, for workers on more than one machine.

Writers take turns by a lock on one row, in a transaction of four round trips. An append whose
commit got no answer is looked up in a new session: it was recorded by exactly that transaction, or
it is tried again.

Beside the server, each machine keeps a head file: the end of the journal as it was last seen from
here. It shows what the server itself could not: that events were there which are gone.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.domain.audits import FORGETTING, AuditReport, TextsForgotten
from playground.domain.campaigns import CampaignEvent
from playground.domain.errors import BadInput, StorageUnavailable
from playground.domain.events import Event, RunEnded, TaskOpened
from playground.journal.audit import audit, index_row
from playground.journal.chain import Ends, Entry, linked
from playground.journal.codec import FORMAT, encode, storable
from playground.journal.forgetting import OVERWRITE_PLACE, Wish, blankings, runs_of
from playground.journal.head import Head, HeadFile
from playground.journal.moving import Page, check_end, check_here, check_ready
from playground.journal.records import SqlRecords
from playground.journal.rows import check_alone, check_next, check_opening
from playground.journal.server.address import Address, address_of
from playground.journal.server.forgetting import overwrite, recalling, rewrite
from playground.journal.server.ledger import ServerLedger
from playground.journal.server.line import Line
from playground.journal.server.presence import GRACE_S, ServerPresence
from playground.journal.server.session import Session
from playground.journal.server.tables import VERSION, mark_moved, moved_to, prepare

_LOCK = (
    "SELECT position, hash, extract(epoch FROM clock_timestamp())::float8, version FROM head "
    "FOR UPDATE"
)
_END = """
SELECT (SELECT seq FROM event WHERE run = ? ORDER BY seq DESC LIMIT 1),
       (SELECT run_hash FROM event WHERE run = ? ORDER BY seq DESC LIMIT 1)
"""
_NEWEST = "SELECT id, ended FROM run WHERE key = ? ORDER BY first DESC LIMIT 1"
_OPENS = "INSERT INTO run (first, id, root, key, ended) VALUES (?, ?, ?, ?, ?)"
_GOES_ON = "UPDATE run SET ended = ? WHERE id = ? AND ended <> ?"
_INSERT = """
WITH moved AS (UPDATE head SET position = ?, hash = ?), indexed AS ({index})
INSERT INTO event (position, run, seq, at, form, body, run_hash, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
RETURNING pg_current_xact_id()::xid::text
"""
_INSERT_FIRST = _INSERT.format(index=_OPENS)
_INSERT_NEXT = _INSERT.format(index=_GOES_ON)
_COPY = "INSERT INTO event (position, run, seq, at, form, body, run_hash, hash) VALUES "
_OPENS_MANY = "INSERT INTO run (id, root, key, first, ended) VALUES "
_IS_OURS = "SELECT position, hash FROM event WHERE run = ? AND seq = ? AND xmin = ?::xid"
_SNAPSHOT = "ISOLATION LEVEL REPEATABLE READ READ ONLY"
_UNHURRIED = "SET LOCAL idle_in_transaction_session_timeout = '5min'"


@dataclass(slots=True)
class _Attempt:
    """One append; `unsure` holds the ids of transactions whose commit got no answer."""

    stream: str
    seq: int
    event: Event | CampaignEvent
    body: str
    unsure: list[str] = field(default_factory=list[str])


class PostgresJournal(SqlRecords):
    """The ports `Journal` and `CampaignJournal` on a server; share it between threads freely.

    Args:
        address: the database; the tables are made when it has none.
        heads: the folder of the head files; made when it does not exist.
        clock: gives seconds since the epoch, UTC; None for the server's clock, which all machines
            share.
        patience_s: how long to try again when the server is gone.
        grace_s: how long a worker must be missing until it counts as gone.

    Raises:
        StorageUnavailable: the server cannot be used, or its tables are of a newer version.
    """

    def __init__(
        self,
        address: Address,
        *,
        heads: Path,
        clock: Callable[[], float] | None = None,
        patience_s: float = 30.0,
        grace_s: float = GRACE_S,
    ) -> None:
        self._address = address
        self._clock = clock
        self._patience_s = patience_s
        self._grace_s = grace_s
        self._head = HeadFile(_head_file(heads, address))
        self._line = Line(address, greet=self._greet, patience_s=patience_s)
        try:
            heads.mkdir(mode=0o700, parents=True, exist_ok=True)
            end = self._line.carry(_end, patience_s=min(patience_s, 5.0))
            with self._head.turn(create=True) as descriptor:
                self._head.begin(descriptor, head=end)
        except OSError as error:
            self._line.close()
            raise StorageUnavailable(
                f"The head of the journal cannot be kept in {heads} ({error.strerror}); "
                "make that folder writable."
            ) from error
        except BaseException:
            self._line.close()
            raise

    def join(self) -> ServerPresence:
        """Makes this process known to others that use the journal.

        Raises:
            StorageUnavailable: the server cannot be used.
        """
        return ServerPresence(self._address, patience_s=self._patience_s, grace_s=self._grace_s)

    @property
    def name(self) -> str:
        """The database, for a sentence."""
        return str(self._address)

    def moved_to(self) -> str:
        """Returns the place where the journal lies now, "" when it is here.

        Raises:
            StorageUnavailable: the server cannot be used.
        """

        def looked(session: Session) -> str:
            session.begin(then=_LOCK)  # so that nobody removes what is read
            place = moved_to(session)
            session.commit()
            return place

        return self._line.carry(looked)

    def leave(self, *, place: str, end: Head) -> None:
        """Takes no event any more, as `Storage` says."""

        def left(session: Session) -> None:
            position, digest, *_ = session.begin(then=_LOCK)[0]
            now = Head(int(position), str(digest))
            check_ready(now, moved_to(session), end=end, place=storable(place))
            mark_moved(session, place=storable(place))
            session.commit()

        self._line.carry(left)

    def reopen(self) -> None:
        """Takes events again, as `Storage` says."""

        def opened(session: Session) -> None:
            session.begin(then=_LOCK)
            mark_moved(session, place="")
            session.commit()

        self._line.carry(opened)

    def end(self) -> Head:
        """Returns where the journal ends.

        Raises:
            StorageUnavailable: the server cannot be used.
        """
        return self._line.carry(_end)

    def take(self, page: Page) -> None:
        """Records events of another journal as they are, all or none.

        Raises:
            Conflict: this journal does not end where they begin.
            StorageUnavailable: the server cannot be used.
        """
        unsure: list[Head] = []
        self._line.carry(lambda session: _take(session, page, unsure))
        self._advance(page.end, after=page.after)

    def forget_texts(
        self, episode_id: str, *, by: str, where: str, with_run: bool = False
    ) -> tuple[str, ...]:
        """Takes what events recalled of an episode out of them, as the port says.

        Raises:
            Unreadable: an event is none of this version; nothing is taken out.
            StorageUnavailable: the server cannot be used, or the login may only append.
        """
        wish = Wish(storable(episode_id), by, where, with_run)

        def forgotten(session: Session) -> tuple[Head, Head] | None:
            ((position, digest, now, version),) = session.begin(then=_LOCK)
            session.tell(_UNHURRIED)
            check_here(moved_to(session) if version != VERSION else "", name=self.name)
            found = list(blankings(recalling(session, wish), wish=wish))
            if not found:
                return None
            event = wish.event(found, at=float(self._clock() if self._clock else now))
            before = Head(int(position), str(digest))
            after = _said(session, event, after=before)
            overwrite(session, [one.values for one in found])
            session.commit()
            return before, after

        if ends := self._line.carry(forgotten):
            self._advance(ends[1], after=ends[0])
        self.rewrite()
        return runs_of(self.forgettings(), episode_id=wish.episode_id)

    def rewrite(self) -> None:
        """Has the server write the events into new files and delete the old ones.

        What it has logged, sent to a standby or backed up is not in its hands any more, nor in
        ours. The table of another owner is passed by.

        Raises:
            StorageUnavailable: the server cannot be used, or somebody keeps the table.
        """
        rewrite(self._address)

    def verify(self) -> AuditReport:
        """Checks every hash of every chain, the order, the end and the index.

        Raises:
            StorageUnavailable: the server cannot be used.
        """
        apart = Line(self._address, greet=self._greet, patience_s=self._patience_s)
        try:
            return apart.carry(self._audited)
        finally:
            apart.close()

    def close(self) -> None:
        """Closes the connection; may be called twice."""
        self._line.close()

    def _greet(self, session: Session) -> None:
        prepare(session, at=self._address)

    def _audited(self, session: Session) -> AuditReport:
        try:
            head = self._head.read()  # before the events, which may only be ahead of it
        except OSError:
            head = None
        session.begin(then=_UNHURRIED, mode=_SNAPSHOT)
        return audit(ServerLedger(session), head=head)

    def _select(self, query: str, values: tuple[str | int | float, ...] = ()) -> list[Any]:
        # no text with a zero in it is stored, so one is looked for that is not there either
        fit = tuple(v.replace("\0", "\\x00") if isinstance(v, str) else v for v in values)
        return self._line.carry(lambda session: session.ask(query, fit))

    def _record(self, stream: str, seq: int, event: Event | CampaignEvent) -> None:
        if "\0" in stream:
            raise BadInput("An id with a zero character cannot be recorded; leave it out.")
        attempt = _Attempt(storable(stream), seq, event, encode(event))
        after, end = self._line.carry(lambda session: self._append(session, attempt))
        self._advance(end, after=after)

    def _append(self, session: Session, attempt: _Attempt) -> tuple[Head | None, Head]:
        """Records the event, unless a lost commit of this attempt did it.

        Returns:
            where the journal ended before, None when that is not known any more, and where now.
        """
        stream, seq, event = attempt.stream, attempt.seq, attempt.event
        ((position, before, now, version),) = session.begin(then=_LOCK)
        ((last, run_hash),) = session.ask(_END, (stream, stream))
        for xid in attempt.unsure:
            if rows := session.ask(_IS_OURS, (stream, seq, xid)):
                return None, Head(int(rows[0][0]), str(rows[0][1]))
        check_here(moved_to(session) if version != VERSION else "", name=self.name)
        check_next(stream, seq=seq, due=0 if last is None else last + 1)
        check_opening(stream, seq=seq, event=event)
        if isinstance(event, TaskOpened):
            check_alone(next(iter(session.ask(_NEWEST, (event.task.key,))), None))
        at = float(self._clock() if self._clock else now)
        entry = Entry(stream, seq, at, FORMAT, attempt.body)
        link = linked(entry, after=Ends(run_hash or "", position, before))
        query, said = _indexed(entry, position=link.position, event=event)
        rows = session.ask(query, (link.position, link.hash, *said, *link.row(entry)))
        attempt.unsure.append(str(rows[0][0]))
        session.commit()
        return Head(position, before), Head(link.position, link.hash)

    def _advance(self, end: Head, *, after: Head | None) -> None:
        """Moves this machine's head.

        The events are safe already. A head that stays behind weakens one check of the audit; an
        error here would make the caller believe that they are lost.
        """

        def is_on_chain(head: Head) -> bool:
            if head.position == 0 or head == after:
                return True
            query = "SELECT hash FROM event WHERE position = ?"
            rows = self._line.carry(
                lambda session: session.ask(query, (head.position,)), patience_s=0
            )
            return [str(row[0]) for row in rows] == [head.hash]

        with contextlib.suppress(OSError, StorageUnavailable):
            self._head.advance(end, is_on_chain=is_on_chain)


def opened(url: str, *, password: str, state: Path) -> PostgresJournal:
    """Opens the journal that a configuration names.

    Args:
        url: where it lies.
        password: counts where the URL has none.
        state: the folder of this machine's state.

    Raises:
        BadInput: the URL cannot be used.
        StorageUnavailable: the server cannot be used.
    """
    return PostgresJournal(address_of(url, password=password), heads=state / "heads")


def _take(session: Session, page: Page, unsure: list[Head]) -> None:
    """Records a page, unless a commit of the same page without an answer did it."""
    position, digest, *_ = session.begin(then=_LOCK)[0]
    end = Head(int(position), str(digest))
    if end in unsure:
        return
    check_end(end, page=page)
    for begin, rows in ((_COPY, page.rows), (_OPENS_MANY, page.opened)):
        if rows:
            marks = f"({', '.join('?' * len(rows[0]))})"
            session.ask(
                begin + ", ".join([marks] * len(rows)),
                tuple(value for row in rows for value in row),
            )
    for ended, run in page.ended:
        session.ask(_GOES_ON, (ended, run, ended))
    for values in page.blanked:
        session.ask(OVERWRITE_PLACE, values)
    session.ask("UPDATE head SET position = ?, hash = ?", (page.end.position, page.end.hash))
    unsure.append(page.end)
    session.commit()


def _said(session: Session, event: TextsForgotten, *, after: Head) -> Head:
    """Records that texts were taken out; returns where the journal ends now."""
    ((last, run_hash),) = session.ask(_END, (FORGETTING, FORGETTING))
    seq = 0 if last is None else last + 1
    entry = Entry(FORGETTING, seq, event.at, FORMAT, encode(event))
    link = linked(entry, after=Ends(run_hash or "", after.position, after.hash))
    values = (link.position, link.hash, 0, FORGETTING, 0, *link.row(entry))
    session.ask(_INSERT_NEXT, values)
    return Head(link.position, link.hash)


def _head_file(heads: Path, address: Address) -> Path:
    """Returns where the head of a database lies; the login has no part in it."""
    name = hashlib.sha256(str(address).encode("utf-8", errors="replace")).hexdigest()
    return heads / f"{name[:32]}.head"


def _end(session: Session) -> Head:
    """Returns where the journal ends now."""
    ((position, digest),) = session.ask("SELECT position, hash FROM head")
    return Head(int(position), str(digest))


def _indexed(
    entry: Entry, *, position: int, event: Event | CampaignEvent
) -> tuple[str, tuple[str | int, ...]]:
    """Returns the statement that records an event, and what it says to the table of runs.

    Campaigns are found by their ids; of them the table says nothing.
    """
    if entry.seq == 0 and isinstance(event, TaskOpened):
        root, key, first, ended = index_row(event, first=position, ended=False)
        return _INSERT_FIRST, (first, entry.run, root, key, ended)
    ended = int(isinstance(event, RunEnded))
    return _INSERT_NEXT, (ended, entry.run, ended)
