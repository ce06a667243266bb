"""Rows with their vectors, by an embedder that is loaded when it is first needed."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

from playground.domain.episodes import Episode
from playground.domain.errors import BadInput, StorageUnavailable, Unavailable
from playground.domain.ports import Embedder
from playground.memory import embedders, rows, tables

LAYOUT = "about-and-code-1"
"""Raised when the same embedder is asked for something else."""
ABOUT_SHARE = 0.7
"""How much of a vector is what an episode is about; the rest is its code.

In the mean over all words of both, the many words of the code would drown what it is about.
"""


class Vectors:
    """Embeds episodes and questions. Safe to use from several threads."""

    def __init__(self, embedder: Embedder | str) -> None:
        """Takes an embedder, or the name of one; "" for the packaged static model."""
        self._name = embedder if isinstance(embedder, str) else ""
        self._embedder = None if isinstance(embedder, str) else embedder
        self._lock = threading.Lock()

    def stamp(self) -> tables.Stamp:
        """Returns what a table that holds these vectors says about itself."""
        embedder = self._loaded()
        made_by = f"{embedder.id}/{LAYOUT}"
        return tables.Stamp(tables.SCHEMA_VERSION, made_by, embedder.dimensions)

    def rows(self, episodes: Sequence[Episode]) -> list[tables.Row]:
        """Returns rows of scrubbed episodes with their vectors."""
        made = self.of([(episode.about, episode.before) for episode in episodes])
        pairs = zip(episodes, made, strict=True)
        return [rows.row(episode, vector=vector) for episode, vector in pairs]

    def of(self, pairs: Sequence[tuple[str, str]]) -> list[list[float]]:
        """Returns vectors of what something is about and its code; either may be "".

        Raises:
            StorageUnavailable: the embedding model cannot be used.
        """
        parts = [_parts(*pair) for pair in pairs]
        made = iter(self._embedded([text[: rows.TEXT_CHARS_MAX] for two in parts for text in two]))
        return [_mixed([next(made) for _ in two]) for two in parts]

    def _embedded(self, texts: Sequence[str]) -> list[list[float]]:
        embedder = self._loaded()
        try:
            return embedder.embed(texts)
        except Unavailable as error:
            raise StorageUnavailable(str(error)) from error

    def _loaded(self) -> Embedder:
        with self._lock:
            if self._embedder is None:
                try:
                    self._embedder = embedders.load(self._name)
                except (BadInput, Unavailable) as error:
                    raise StorageUnavailable(str(error)) from error
            return self._embedder


def _parts(about: str, code: str) -> list[str]:
    """Returns what is embedded: both, or the one that says something."""
    return [about, code] if about.strip() and code.strip() else [about if about.strip() else code]


def _mixed(parts: list[list[float]]) -> list[float]:
    if len(parts) == 1:
        return parts[0]
    pairs = zip(*parts, strict=True)
    mixed = [ABOUT_SHARE * about + (1 - ABOUT_SHARE) * code for about, code in pairs]
    length = math.hypot(*mixed)
    return [value / length for value in mixed] if length else parts[0]
