"""What verifying a journal finds, and what may have been taken out of one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from playground.domain.episodes import Episode, Recollection
from playground.domain.events import Event, MemoryRecalled

FORGETTING = "forgetting"
"""Id of the stream that says which texts were taken out of the journal; no run is called so."""

_TEXTS = (
    *("root", "goal", "message", "rule_summary", "path", "before", "after", "diff"),
    *("reason", "shape"),
)
"""What of an episode quotes code or words, or follows from them; what is left only counts."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What verifying the journal found.

    Attributes:
        events: events read.
        runs: runs read.
        head: hash of the newest event, 64 hexadecimal digits, "" for an empty journal.
        problems: one sentence for each event that does not fit; empty when all is well.
        forgotten: events that texts were taken out of at a person's wish, as the chain says.
    """

    events: int
    runs: int
    head: str
    problems: tuple[str, ...]
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class Blanked:
    """An event that texts were taken out of.

    Attributes:
        run: its run.
        seq: its number there.
        link: hash over the event as it lies there now and the hash that it was recorded with.
    """

    run: str
    seq: int
    link: str


@dataclass(frozen=True, slots=True)
class TextsForgotten:
    """A person had the texts of an episode taken out of every event that recalled it.

    Attributes:
        episode_id: the episode; its own run keeps what it holds.
        at: seconds since the epoch, UTC.
        blanked: the events, at least one.
    """

    episode_id: str
    by: str
    where: str
    at: float
    blanked: tuple[Blanked, ...]


def without_texts(event: Event, *, episode_id: str) -> Event:
    """Returns the event without what it recalled of an episode, which may be the same event."""
    if not isinstance(event, MemoryRecalled):
        return event
    recalled = tuple(_bare(one, episode_id) for one in event.recalled)
    return replace(
        event, recalled=recalled, avoid=tuple(_bare(one, episode_id) for one in event.avoid)
    )


def _bare(one: Recollection, episode_id: str) -> Recollection:
    if one.episode.id != episode_id:
        return one
    return replace(one, episode=_without(one.episode))


def _without(episode: Episode) -> Episode:
    return replace(episode, **dict.fromkeys(_TEXTS, ""))
