"""What verifying a journal finds, and what may have been taken out of one."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import cast

from playground.domain.episodes import Episode, Recollection
from playground.domain.events import Event, MemoryRecalled
from playground.domain.tasks import Region

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
        forgettings: the wishes.
    """

    events: int
    runs: int
    head: str
    problems: tuple[str, ...]
    forgotten: int = 0
    forgettings: tuple[TextsForgotten, ...] = ()


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
        episode_id: the episode; its own run keeps what it holds unless it is among the events.
        at: seconds since the epoch, UTC.
        blanked: the events, at least one.
    """

    episode_id: str
    by: str
    where: str
    at: float
    blanked: tuple[Blanked, ...]


_COUNTED = frozenset(
    {
        *("id", "run_id", "candidate_id", "episode_id", "episodes", "runs", "root", "path"),
        *("sha256", "base_sha256", "before_sha256", "after_sha256"),
        *("prompt_digest", "proposal_digest", "receipt", "version"),
        *("tool", "rule", "kind", "language", "code", "advice", "applicability", "outcome"),
        *("source", "engine", "model", "name", "recipe", "recipes", "node", "by", "where"),
        *("nodes", "cascade", "untrusted", "amount", "currency"),
    }
)
"""Members of events whose words name, count or digest; those of all others are texts."""


def blank(event: Event) -> Event:
    """Returns the event with every text in it empty: code, messages, answers, reasons.

    Kept are ids, paths, digests, names of rules, engines and persons, outcomes and numbers.
    """
    return cast("Event", _blank(event, ""))


def _blank(value: object, name: str) -> object:
    if isinstance(value, str) and not isinstance(value, Enum):
        return value if name in _COUNTED else ""
    if isinstance(value, tuple):
        return tuple(_blank(one, name) for one in cast("tuple[object, ...]", value))
    if isinstance(value, Episode):
        return _without(value)
    if isinstance(value, Region):
        return replace(value, name="")  # a name of the code; those of engines count money
    if is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(value, **{key: _blank(one, key) for key, one in members.items()})
    return value


def without_texts(event: Event, *, episode_id: str) -> Event:
    """Returns the event without what it recalled of an episode, which may be the same event."""
    if not isinstance(event, MemoryRecalled):
        return event
    recalled = tuple(_bare(one, episode_id) for one in event.recalled)
    return replace(
        event, recalled=recalled, avoid=tuple(_bare(one, episode_id) for one in event.avoid)
    )


def holds_nothing_of(event: Event, *, run: str, episode_id: str) -> bool:
    """Whether an event is as it would be after its texts of an episode were taken out.

    Args:
        event: as it lies there.
        run: its run; that of the episode keeps no text at all.
        episode_id: what was forgotten.
    """
    if run == episode_id:
        return blank(event) == event
    if not isinstance(event, MemoryRecalled):
        return False
    named = any(one.episode.id == episode_id for one in (*event.recalled, *event.avoid))
    return named and without_texts(event, episode_id=episode_id) == event


def _bare(one: Recollection, episode_id: str) -> Recollection:
    if one.episode.id != episode_id:
        return one
    return replace(one, episode=_without(one.episode))


def _without(episode: Episode) -> Episode:
    return replace(episode, **dict.fromkeys(_TEXTS, ""))
