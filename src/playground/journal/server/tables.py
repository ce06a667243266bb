"""The journal's tables on a PostgreSQL server.

`head` has one row: where the journal ends. Whoever appends locks it first, so writers take turns,
and positions have neither gaps nor repeats, which a sequence would not promise.
"""

from __future__ import annotations

from playground.domain.errors import StorageUnavailable
from playground.journal.server.address import Address
from playground.journal.server.session import Session

VERSION = 1
"""Version of the tables that a journal begins with."""

_CLOSED = 2
"""Version of a journal that was moved away; a program that knows only the first refuses it."""

_SERVER_MIN = 150_000
_MAKING = 7_305_514_962_216_817_505  # any number, the same for all who make tables at once

# to_regclass would answer from a cache that may be older than the lock
_IS_THERE = (
    "SELECT count(*) > 0 FROM pg_tables WHERE schemaname = 'playground' AND tablename = 'head'"
)

_TABLES = """
CREATE SCHEMA IF NOT EXISTS playground;
CREATE TABLE event (
    position bigint CONSTRAINT event_position PRIMARY KEY,
    run text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    at double precision NOT NULL,
    form integer NOT NULL,
    body text COLLATE "C" NOT NULL,
    run_hash text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    CONSTRAINT event_number UNIQUE (run, seq)
);
CREATE TABLE run (
    id text COLLATE "C" CONSTRAINT run_id PRIMARY KEY,
    root text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    first bigint NOT NULL,
    ended smallint NOT NULL
);
CREATE INDEX run_by_key ON run (key, first);
CREATE INDEX run_open ON run (first) WHERE ended = 0;
CREATE TABLE head (
    one boolean DEFAULT true CONSTRAINT head_one PRIMARY KEY CONSTRAINT head_is_one CHECK (one),
    version integer NOT NULL,
    position bigint NOT NULL,
    hash text COLLATE "C" NOT NULL
) WITH (fillfactor = 10);
CREATE TABLE worker (
    id text COLLATE "C" CONSTRAINT worker_id PRIMARY KEY,
    key bigint NOT NULL,
    free_since timestamptz
);
"""

_SHAPE = """
SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN '' ELSE ' NULL' END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'playground'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'playground'::regnamespace AND contype <> 'n'
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'playground'::regnamespace AND NOT tgisinternal
UNION ALL SELECT 'rule ' || rulename FROM pg_rules WHERE schemaname = 'playground'
"""

_MADE = frozenset(
    {
        "event.position bigint",
        "event.run text",
        "event.seq bigint",
        "event.at double precision",
        "event.form integer",
        "event.body text",
        "event.run_hash text",
        "event.hash text",
        'event_position PRIMARY KEY ("position")',
        "event_number UNIQUE (run, seq)",
        "run.id text",
        "run.root text",
        "run.key text",
        "run.first bigint",
        "run.ended smallint",
        "run_id PRIMARY KEY (id)",
        "head.one boolean",
        "head.version integer",
        "head.position bigint",
        "head.hash text",
        "head_one PRIMARY KEY (one)",
        "head_is_one CHECK (one)",
        "worker.id text",
        "worker.key bigint",
        "worker.free_since timestamp with time zone NULL",
        "worker_id PRIMARY KEY (id)",
    }
)


_MOVED = "moved.place text"
"""Stands beside the others in a journal that was moved away, and says where to."""


def prepare(session: Session, *, at: Address) -> None:
    """Makes the tables where there are none, and looks whether they can be used.

    Raises:
        Lost: the session is over.
        DatabaseError: the server says no.
        StorageUnavailable: server or tables are of a version that is not known, or the database
            holds something else.
    """
    rows = session.ask(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), "
        f"({_IS_THERE}), "
        "set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
        "WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"
    )
    version, encoding, is_there, _ = rows[0]
    if version < _SERVER_MIN:
        raise StorageUnavailable(
            f"The journal {at} lies on a server that is too old; "
            f"use PostgreSQL {_SERVER_MIN // 10_000} or newer."
        )
    if encoding != "UTF8":
        raise StorageUnavailable(
            f"The journal {at} lies in a database with the encoding {encoding}; "
            "make one with the encoding UTF8."
        )
    if not is_there:
        _make(session)
    ((known,),) = session.ask("SELECT max(version) FROM head")
    if known is None or known > _CLOSED:
        raise StorageUnavailable(
            f"The journal {at} was written by a newer version, or its head is gone; update "
            "Playground, or restore the database from a backup."
        )


def _make(session: Session) -> None:
    session.begin(then=f"SELECT pg_advisory_xact_lock({_MAKING})")
    if not session.ask(_IS_THERE)[0][0]:
        session.tell(_TABLES)
        session.ask("INSERT INTO head (version, position, hash) VALUES (?, 0, '')", (VERSION,))
    session.commit()


def is_as_made(session: Session) -> bool:
    """Returns whether tables and constraints are those that were made, and nothing beside them.

    Raises:
        Lost: the session is over.
        DatabaseError: the server says no.
    """
    return frozenset(str(row[0]) for row in session.ask(_SHAPE)) - {_MOVED} == _MADE


def moved_to(session: Session) -> str:
    """Returns where the journal was moved to, "" when it was not.

    Raises:
        Lost: the session is over.
        DatabaseError: the server says no.
    """
    ((version,),) = session.ask("SELECT version FROM head")
    return str(session.ask("SELECT place FROM moved")[0][0]) if version == _CLOSED else ""


def mark_moved(session: Session, *, place: str) -> None:
    """Writes down where the journal was moved to, "" for nowhere, in an open transaction.

    Raises:
        Lost: the session is over.
        DatabaseError: the server says no.
    """
    session.tell("DROP TABLE IF EXISTS moved")
    if place:
        session.tell('CREATE TABLE moved (place text COLLATE "C" NOT NULL)')
        session.tell("GRANT SELECT ON moved TO PUBLIC")  # to say it to workers with few rights
        session.ask("INSERT INTO moved (place) VALUES (?)", (place,))
    session.ask("UPDATE head SET version = ?", (_CLOSED if place else VERSION,))
