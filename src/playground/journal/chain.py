"""The two hash chains of the journal.

Each event is linked to the one before it in its run, and each run link to the event before it in
the whole journal, so that editing, removing, inserting or reordering anything breaks a link.
Whoever can rewrite every record and every link after it can forge both; the chains find
alterations, they do not prove who wrote.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it is hashed and stored.

    Attributes:
        run: the run's id.
        seq: number in the run, from 0.
        at: seconds since the epoch, UTC.
        form: version of the body's JSON form.
        body: the event as canonical JSON.
    """

    run: str
    seq: int
    at: float
    form: int
    body: str


def run_link(entry: Entry, *, previous: str) -> str:
    """Returns the entry's hash in its run's chain, 64 hexadecimal digits.

    Args:
        entry: what is recorded.
        previous: the hash of the run's event before, "" for the first.
    """
    # `repr` keeps odd values, which only tampering can bring in, from raising an error here.
    head = json.dumps([previous, entry.run, entry.seq, entry.at, entry.form], default=repr)
    text = f"{head}\n{entry.body}"
    return hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()


def journal_link(link: str, *, position: int, previous: str) -> str:
    """Returns an event's hash in the chain of the whole journal, 64 hexadecimal digits.

    Args:
        link: the event's hash in its run's chain.
        position: the event's position in the journal, from 1.
        previous: the hash of the journal's event before, "" for the first.
    """
    return hashlib.sha256(f"{previous}\n{position}\n{link}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ends:
    """What a new event follows.

    Attributes:
        run_hash: hash of the run's event before in its chain, "" for the first.
        position: the newest position that was given out, 0 for none.
        hash: hash of the journal's event before, "" for the first.
    """

    run_hash: str
    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class Link:
    """A new event's place: its position and its hashes in both chains."""

    position: int
    run_hash: str
    hash: str

    def row(self, entry: Entry) -> tuple[int, str, int, float, int, str, str, str]:
        """Returns the event as it is stored, from its position to its hashes."""
        place = (self.position, entry.run, entry.seq, entry.at, entry.form, entry.body)
        return (*place, self.run_hash, self.hash)


def linked(entry: Entry, *, after: Ends) -> Link:
    """Returns the place of an entry that follows these ends."""
    position = after.position + 1
    link = run_link(entry, previous=after.run_hash)
    return Link(position, link, journal_link(link, position=position, previous=after.hash))
