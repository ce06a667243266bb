"""A memory that lives as long as its object, for tests and for trying things out."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace

from playground.domain.episodes import Episode, Recollection
from playground.domain.errors import BadInput
from playground.domain.ports import RecallQuery
from playground.security.secrets import redact

_WORD = re.compile(r"[^\W_]+")
_SCRUBBED = ("goal", "message", "rule_summary", "path", "before", "after", "diff", "reason")


class FakeMemory:
    """Implements `ports.MemoryStore` on a dictionary; nearness is the share of common words."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._episodes: dict[str, Episode] = {}

    def remember(self, episode: Episode) -> None:
        """Stores an episode; the same id again replaces it. Secrets are scrubbed first.

        Raises:
            BadInput: the episode has no id.
        """
        if not episode.id:
            raise BadInput("An episode needs an id; give it the id of its run.")
        texts = {name: redact(getattr(episode, name)) for name in _SCRUBBED}
        with self._lock:
            self._episodes[episode.id] = replace(episode, **texts)

    def remember_all(self, episodes: Iterable[Episode]) -> int:
        """Stores many episodes; returns how many there were."""
        stored = 0
        for episode in episodes:
            self.remember(episode)
            stored += 1
        return stored

    def fetch_semantic(self, text: str, k: int = 5) -> list[Recollection]:
        """Returns the k nearest episodes, best first."""
        return self.recall(RecallQuery(text=text, k=k))

    def recall(self, query: RecallQuery) -> list[Recollection]:
        """Returns episodes that fit the query, best first; without text the last decided."""
        with self._lock:
            fitting = [one for one in self._episodes.values() if _fits(one, query)]
        wanted = _words(f"{query.text} {query.code}")
        found = [Recollection(one, _share(wanted, _words(one.text))) for one in fitting]
        found.sort(key=lambda one: (-one.score, -one.episode.decided_at))
        return found[: max(query.k, 0)]

    def all(self, limit: int = 1000) -> list[Episode]:
        """Returns the episodes that were decided last, newest first; no more than `limit`."""
        return [found.episode for found in self.recall(RecallQuery(text="", k=limit))]

    def oldest_first(self) -> Iterator[Episode]:
        """Yields every episode, first decided first."""
        yield from reversed(self.all(limit=len(self._episodes)))

    def known(self, identifiers: Iterable[str]) -> frozenset[str]:
        """Returns those of these ids that there are episodes of."""
        with self._lock:
            return frozenset(identifiers) & self._episodes.keys()

    def get(self, episode_id: str) -> Episode | None:
        """Returns one episode, None when there is none with this id."""
        with self._lock:
            return self._episodes.get(episode_id)

    def forget(self, episode_id: str) -> bool:
        """Removes an episode; False when there was none."""
        with self._lock:
            return self._episodes.pop(episode_id, None) is not None

    def count(self) -> int:
        """Returns the number of episodes."""
        with self._lock:
            return len(self._episodes)

    def rebuild(self, episodes: Iterable[Episode]) -> int:
        """Drops everything and stores these; returns how many."""
        episodes = list(episodes)  # which may come from here
        with self._lock:
            self._episodes.clear()
        for episode in episodes:
            self.remember(episode)
        return self.count()

    def close(self) -> None:
        """Does nothing; may be called twice."""


def _fits(episode: Episode, query: RecallQuery) -> bool:
    return (
        query.rule in {"", episode.rule}
        and query.root in {"", episode.root}
        and query.language in {"", episode.language}
        and (not query.outcomes or episode.outcome in query.outcomes)
        and (episode.trusted or query.asking_root in {"", episode.root})
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _share(wanted: frozenset[str], known: frozenset[str]) -> float:
    return len(wanted & known) / len(wanted | known) if wanted else 0.0
