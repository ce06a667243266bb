"""Who is at work on one server: each worker holds an advisory lock of its own in a session.

The server frees the lock when the session ends, however it ended: the process was killed, or its
machine is cut off, which the server notices within half a minute. A session also ends when the
server restarts; so a worker whose lock is free counts as gone only when it was seen free for a
while in which one that lives would have taken it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Collection

from playground.domain.errors import StorageUnavailable
from playground.journal.server.address import Address
from playground.journal.server.line import Line
from playground.journal.server.session import Session
from playground.journal.server.tables import prepare

GRACE_S = 15.0
"""How long a lock must be seen free until its worker counts as gone."""

_LOOK_S = 1.0
_LEAVE_S = 10.0
_UNSAFE = re.compile(r"[^A-Za-z0-9-]")
_HELD = """
SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_HELD_HERE = _HELD + "AND pid = pg_backend_pid()"


class ServerPresence:
    """The port `Presence` for processes that share a database.

    A thread holds the lock and takes it again when the session was lost.

    Args:
        address: the database.
        patience_s: how long to try again when the server is gone.
        grace_s: how long a worker's lock must be seen free until the worker counts as gone.

    Raises:
        StorageUnavailable: the server cannot be used.
    """

    def __init__(self, address: Address, *, patience_s: float, grace_s: float = GRACE_S) -> None:
        host = _UNSAFE.sub("-", os.uname().nodename)[:40]
        self._id = f"{host}.{os.getpid()}.{secrets.token_hex(4)}"
        self._grace_s = grace_s
        self._left = threading.Event()

        def greet(session: Session) -> None:
            prepare(session, at=address)

        self._line = Line(address, greet=greet, patience_s=patience_s)
        self._line.carry(self._enter)
        self._thread = threading.Thread(target=self._stay, name="presence", daemon=True)
        self._thread.start()

    @property
    def id(self) -> str:
        """Host, process and a random part."""
        return self._id

    def gone(self, workers: Collection[str]) -> frozenset[str]:
        """Returns those whose lock was seen free for the time of grace.

        Raises:
            StorageUnavailable: the server cannot be used.
        """
        others = set(workers) - {self._id}
        asked = sorted(worker for worker in others if worker.isprintable())
        if not asked:
            return frozenset()
        return self._line.carry(lambda session: self._gone(session, asked))

    def close(self) -> None:
        """Leaves; may be called twice."""
        if self._left.is_set():
            return
        self._left.set()
        self._thread.join(_LEAVE_S)
        with contextlib.suppress(StorageUnavailable):
            self._line.carry(self._leave, patience_s=0.0)
        self._line.close()

    def _stay(self) -> None:
        while not self._left.wait(_LOOK_S):
            with contextlib.suppress(StorageUnavailable):
                self._line.carry(self._look, patience_s=0.0)

    def _enter(self, session: Session) -> None:
        """Takes the lock and says so; what the dead left behind long ago is removed."""
        key = _key(self._id)
        session.ask("SELECT pg_try_advisory_lock(?)", (key,))
        session.ask(
            "INSERT INTO worker (id, key) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET free_since = NULL",
            (self._id, key),
        )
        session.ask("DELETE FROM worker WHERE free_since < now() - interval '30 days'")

    def _look(self, session: Session) -> None:
        """Takes the lock again when it is not held in this session.

        A lock that an older session of this process still holds is left to it until the server
        ends it; held is held.
        """
        held = {int(row[0]) for row in session.ask(_HELD_HERE)}
        if _key(self._id) not in held:
            self._enter(session)
        # another one may have looked just before the lock was taken again
        session.ask(
            "UPDATE worker SET free_since = NULL WHERE id = ? AND free_since IS NOT NULL",
            (self._id,),
        )

    def _leave(self, session: Session) -> None:
        session.ask("DELETE FROM worker WHERE id = ?", (self._id,))

    def _gone(self, session: Session, asked: list[str]) -> frozenset[str]:
        held = {int(row[0]) for row in session.ask(_HELD)}
        gone: set[str] = set()
        for worker in asked:
            if _key(worker) in held:
                continue
            rows = session.ask(
                "UPDATE worker SET free_since = coalesce(free_since, clock_timestamp()) "
                "WHERE id = ? RETURNING extract(epoch FROM clock_timestamp() - free_since)::float8",
                (worker,),
            )
            if rows and rows[0][0] >= self._grace_s:
                gone.add(worker)
        return frozenset(gone)


def _key(worker: str) -> int:
    """Returns the number of a worker's lock, 62 bits, so that no sign is in the way."""
    digest = hashlib.sha256(f"playground worker {worker}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8]) >> 2
