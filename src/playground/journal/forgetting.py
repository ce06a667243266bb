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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playground.domain.audits import Blanked, TextsForgotten, without_texts
from playground.journal.chain import Entry, run_link
from playground.journal.codec import FORMAT, decode, encode

RECALLS = (
    "SELECT position, run, seq, at, form, body, run_hash FROM event "
    "WHERE position > ? AND body LIKE ? ORDER BY position LIMIT ?"
)
RECALLED = '%"type":"MemoryRecalled"%'
"""What the bodies of events look like that may hold texts of episodes."""
OVERWRITE = "UPDATE event SET form = ?, body = ? WHERE position = ?"
OVERWRITE_PLACE = "UPDATE event SET form = ?, body = ? WHERE run = ? AND seq = ?"
PAGE_ROWS = 200

Links = Mapping[tuple[str, int], frozenset[str]]
"""For each event that texts were taken out of, by run and number: links that it had since."""


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


def blankings(rows: Iterable[Any], *, episode_id: str) -> Iterator[Blanking]:
    """Yields what is to be overwritten of an episode's texts.

    Args:
        rows: what `RECALLS` answers.
        episode_id: as events hold it.

    Raises:
        Unreadable: an event is none of this version.
    """
    name = json.dumps(episode_id, ensure_ascii=False)
    for position, run, seq, at, form, body, run_hash in rows:
        if name not in body:
            continue
        event = decode(body, form=form)
        left = without_texts(event, episode_id=episode_id)
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


def links_of(events: Iterable[TextsForgotten]) -> Links:
    """Returns the links that the stream `FORGETTING` names."""
    found: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for event in events:
        for one in event.blanked:
            found[one.run, one.seq].add(one.link)
    return {place: frozenset(links) for place, links in found.items()}


def runs_of(events: Iterable[TextsForgotten], *, episode_id: str) -> tuple[str, ...]:
    """Returns ids of the runs that an episode's texts were taken out of, each once, in order."""
    named = (one.run for event in events if event.episode_id == episode_id for one in event.blanked)
    return tuple(dict.fromkeys(named))
