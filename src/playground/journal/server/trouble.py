"""What errors of a PostgreSQL server mean to a person, and which of them pass by themselves."""

from __future__ import annotations

from typing import cast

from pg8000.exceptions import DatabaseError

from playground.domain.errors import StorageUnavailable
from playground.journal.server.address import Address


class Lost(Exception):
    """The session is over or could not begin; what was not committed is undone."""


_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "53300", "40001", "40P01")
"""States that another session may not meet: the connection broke, the server restarts, it ended a
transaction that stood still, it is full for the moment, or two transactions were in each other's
way (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_TROUBLES = {
    "28": "it refuses the login; check user and password",
    "3D": "there is no such database; make it, or correct the URL",
    "42501": "the user has not the right; the owner of the database must grant it",
    "25006": "it is read-only; give the address of the primary server",
    "53100": "its disk is full; free some space there and start again",
    "53": "it lacks memory or connections; look at its log and start again",
    "55P03": "another writer keeps it locked; wait for it or end it",
    "57014": "it cancelled the question; start again",
    "58": "its disk does not read or write; look at its log",
    "XX001": "it is damaged; restore it from a backup",
    "XX002": "it is damaged; restore it from a backup",
    "42P01": "its tables are not those that Playground made; choose another database",
    "42703": "its tables are not those that Playground made; choose another database",
}


def state_of(error: DatabaseError) -> str:
    """Returns the error's five-letter state, "" for none."""
    said = cast("object", error.args[0] if error.args else None)
    return str(cast("dict[str, str]", said).get("C", "")) if isinstance(said, dict) else ""


def is_lost(error: DatabaseError) -> bool:
    """Returns whether the same in a new session may succeed."""
    return state_of(error).startswith(_LOST)


def is_damage(error: DatabaseError) -> bool:
    """Returns whether the server cannot read what it stored."""
    return state_of(error) in {"XX001", "XX002"}


def trouble(error: DatabaseError, *, at: Address) -> StorageUnavailable:
    """Returns the error that tells a person what to do."""
    state = state_of(error)
    known = [_TROUBLES[begin] for begin in (state, state[:2]) if begin in _TROUBLES]
    said = cast("object", error.args[0] if error.args else None)
    text = cast("dict[str, str]", said).get("M", "") if isinstance(said, dict) else str(error)
    advice = known[0] if known else f"it answers {state} ({text}); look at its log"
    return StorageUnavailable(f"The journal {at} has trouble: {advice}.")
