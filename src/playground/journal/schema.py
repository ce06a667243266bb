"""The journal's tables, how a connection is set up, and what its errors mean to a person."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from playground.domain.errors import StorageUnavailable

_APPLICATION = 0x504C4752
_VERSION = 1
_CLOSED = 2
"""Version of a journal that was moved away; a program that knows only the first refuses it."""

_TABLES = (
    """CREATE TABLE event (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at REAL NOT NULL,
        form INTEGER NOT NULL,
        body TEXT NOT NULL,
        run_hash TEXT NOT NULL,
        hash TEXT NOT NULL,
        UNIQUE (run, seq)
    ) STRICT""",
    """CREATE TABLE run (
        id TEXT PRIMARY KEY,
        root TEXT NOT NULL,
        key TEXT NOT NULL,
        first INTEGER NOT NULL,
        ended INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX run_by_key ON run (key, first)",
    "CREATE INDEX run_open ON run (first) WHERE ended = 0",
)

_MOVED = "CREATE TABLE moved (place TEXT NOT NULL) STRICT"
"""Stands beside the others in a journal that was moved away, and says where to."""

_TROUBLES = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and start again",
    sqlite3.SQLITE_READONLY: "it cannot be written; make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check the folder and its permissions",
    sqlite3.SQLITE_PERM: "it cannot be opened; check the folder and its permissions",
    sqlite3.SQLITE_BUSY: "another program keeps it locked; wait for it or end it",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked; wait for it or end it",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a backup or move it away",
    sqlite3.SQLITE_NOTADB: "it is no database; restore it from a backup or move it away",
    sqlite3.SQLITE_IOERR: "the disk does not read or write it; check the disk and its free space",
}

_TROUBLES_OF_THE_SYSTEM = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EFBIG: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_PERM,
    errno.EPERM: sqlite3.SQLITE_PERM,
    errno.EIO: sqlite3.SQLITE_IOERR,
}


def trouble(error: sqlite3.Error | OSError, *, path: Path) -> StorageUnavailable:
    """Returns the error that tells a person what to do about a storage error."""
    if isinstance(error, OSError):
        code = _TROUBLES_OF_THE_SYSTEM.get(error.errno or 0, 0)
    else:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    advice = _TROUBLES.get(code, f"it cannot be used ({error}); run `playground doctor`")
    return StorageUnavailable(f"The journal {path} has trouble: {advice}.")


def is_damage(error: sqlite3.Error) -> bool:
    """Returns whether the error says that the file's content is broken."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def connect(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """Opens a connection that commits only where it is told to.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    db = sqlite3.connect(
        path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
    )
    # Bytes that are no UTF-8 can only come from tampering; the chain has to see them as they are.
    db.text_factory = _text
    return db


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="surrogateescape")


def prepare(db: sqlite3.Connection, *, path: Path) -> None:
    """Makes the tables where there are none and sets the connection up.

    Raises:
        sqlite3.Error: the file cannot be read or written.
        StorageUnavailable: the file is not a journal, is of a newer version, or lies where a
            write-ahead log is not possible.
    """
    application, version = number(db, "PRAGMA application_id"), number(db, "PRAGMA user_version")
    is_new = number(db, "SELECT count(*) FROM sqlite_master") == 0 and application == 0
    if not is_new and application != _APPLICATION:
        raise StorageUnavailable(f"{path} is not a journal of Playground; choose another file.")
    if version > _CLOSED:
        raise StorageUnavailable(
            f"The journal {path} was written by a newer version; update Playground."
        )
    if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
        raise StorageUnavailable(
            f"The journal {path} lies where SQLite cannot keep a write-ahead log; "
            "choose a folder on a local disk."
        )
    for setting in ("synchronous = FULL", "fullfsync = ON", "checkpoint_fullfsync = ON"):
        db.execute(f"PRAGMA {setting}")
    db.execute("PRAGMA trusted_schema = OFF")
    if is_new:
        _create(db)


def _create(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {_APPLICATION}")
    db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")


def number(db: sqlite3.Connection, query: str) -> int:
    """Returns the one integer that a query answers with, 0 when it answers with nothing."""
    row = db.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def is_as_made(db: sqlite3.Connection) -> bool:
    """Returns whether tables and indices are those that were made, and nothing beside them."""
    rows = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    internal = "CREATE TABLE sqlite_sequence(name,seq)"
    return {str(row[0]) for row in rows} - {_MOVED} == {*_TABLES, internal}


def moved_to(db: sqlite3.Connection) -> str:
    """Returns where the journal was moved to, "" when it was not."""
    if number(db, "PRAGMA user_version") != _CLOSED:
        return ""
    return str(db.execute("SELECT place FROM moved").fetchone()[0])


def mark_moved(db: sqlite3.Connection, *, place: str) -> None:
    """Writes down where the journal was moved to, "" for nowhere, in an open transaction."""
    db.execute("DROP TABLE IF EXISTS moved")
    if place:
        db.execute(_MOVED)
        db.execute("INSERT INTO moved (place) VALUES (?)", (place,))
    db.execute(f"PRAGMA user_version = {_CLOSED if place else _VERSION}")
