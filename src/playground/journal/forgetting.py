"""Texts are taken out of recorded events, in place, and an event at the end says so.

What a run recalled is a copy of texts that a person may have forgotten later. Its event keeps its
place, its number and both its hashes, so whoever has the text can still show that it is the one;
the body is overwritten. Over what lies there now and the hash that it was recorded with goes a link
of its own, and that stands in an event of the stream `FORGETTING`, which is chained like any other:
a body that fits neither its hash nor such a link was altered by somebody else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.domain.audits import (
    FORGETTING,
    Blanked,
    TextsForgotten,
    blank,
    holds_nothing_of,
    without_texts,
)
from playground.domain.campaigns import PREFIX
from playground.domain.errors import StorageUnavailable
from playground.journal.chain import Entry, run_link
from playground.journal.codec import FORMAT, decode, encode

RECALLS = (
    "SELECT position, run, seq, at, form, body, run_hash FROM event "
    "WHERE position > ? AND body LIKE ? ORDER BY position LIMIT ?"
)
OF_RUN = "SELECT position, run, seq, at, form, body, run_hash FROM event WHERE run = ? ORDER BY seq"
RECALLED = '%"type":"MemoryRecalled"%'
"""What the bodies of events look like that may hold texts of episodes."""
OVERWRITE = "UPDATE event SET form = ?, body = ? WHERE position = ?"
OVERWRITE_PLACE = "UPDATE event SET form = ?, body = ? WHERE run = ? AND seq = ?"
PAGE_ROWS = 200


def kind_of(stream: str) -> str:
    """Returns what the stream is, in a word."""
    if stream == FORGETTING:
        return "stream"
    return "campaign" if stream.startswith(PREFIX) else "run"


Said = tuple[str, str]
"""A link that an event had after texts were taken out of it, and the episode that they were of."""
Links = Mapping[tuple[str, int], frozenset[Said]]
"""What the chain says about each event that texts were taken out of, by run and number."""


@dataclass(frozen=True, slots=True)
class Blanking:
    """An event that texts are to be taken out of.

    Attributes:
        position: where it lies.
        entry: the event as it is to lie there.
        said: what the chain is to say about it.
    """

    position: int
    entry: Entry
    said: Blanked

    @property
    def values(self) -> tuple[int, str, int]:
        """What `OVERWRITE` wants to know."""
        return self.entry.form, self.entry.body, self.position


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to be forgotten.

    Attributes:
        episode_id: as events hold it.
        by: who asked, and `where`.
        with_run: whether all texts of the run that taught it go too.
    """

    episode_id: str
    by: str
    where: str
    with_run: bool = False

    @property
    def run(self) -> str:
        """Id of the run all of whose texts go, "" for none."""
        return self.episode_id if self.with_run and kind_of(self.episode_id) == "run" else ""

    def event(self, found: Sequence[Blanking], *, at: float) -> TextsForgotten:
        """Returns what the chain is to say about it."""
        said = tuple(one.said for one in found)
        return TextsForgotten(self.episode_id, self.by, self.where, at, said)


def blankings(rows: Iterable[Any], *, wish: Wish) -> Iterator[Blanking]:
    """Yields what is to be overwritten.

    Args:
        rows: what `RECALLS` answers, and `OF_RUN` for the wish's run.
        wish: what is to be forgotten.

    Raises:
        Unreadable: an event is none of this version.
    """
    name = json.dumps(wish.episode_id, ensure_ascii=False)
    done: set[int] = set()
    for position, run, seq, at, form, body, run_hash in rows:
        whole = run == wish.run
        if position in done or (name not in body and not whole):
            continue
        done.add(position)
        event = decode(body, form=form)
        left = without_texts(event, episode_id=wish.episode_id)
        left = blank(left) if whole else left
        if left != event:
            entry = Entry(run, seq, at, FORMAT, encode(left))
            yield Blanking(position, entry, Blanked(run, seq, blanked_link(entry, run_hash)))


def blanked_link(entry: Entry, run_hash: str) -> str:
    """Returns the link of an event that texts were taken out of.

    Args:
        entry: the event as it lies there now.
        run_hash: the link that it was recorded with.
    """
    return run_link(entry, previous=run_hash)


def is_blanked(entry: Entry, run_hash: str, *, said: Iterable[Said]) -> bool:
    """Whether an event that does not fit its own hash is one that texts were taken out of.

    It has to hold nothing of them either: what the chain says about an event must not cover that
    anything else in it was altered.

    Args:
        entry: the event as it lies there now.
        run_hash: the link that it was recorded with.
        said: what the chain says about it.
    """
    link = blanked_link(entry, run_hash)
    episodes = [episode_id for one, episode_id in said if one == link]
    if not episodes:
        return False
    try:
        event = decode(entry.body, form=entry.form)
    except StorageUnavailable:
        return False
    return any(holds_nothing_of(event, run=entry.run, episode_id=one) for one in episodes)


def links_of(events: Iterable[TextsForgotten]) -> Links:
    """Returns what the stream `FORGETTING` says, by event."""
    found: defaultdict[tuple[str, int], set[Said]] = defaultdict(set)
    for event in events:
        for one in event.blanked:
            found[one.run, one.seq].add((one.link, event.episode_id))
    return {place: frozenset(links) for place, links in found.items()}


def runs_of(events: Iterable[TextsForgotten], *, episode_id: str) -> tuple[str, ...]:
    """Returns ids of the runs that an episode's texts were taken out of, each once, in order."""
    named = (one.run for event in events if event.episode_id == episode_id for one in event.blanked)
    return tuple(dict.fromkeys(named))
