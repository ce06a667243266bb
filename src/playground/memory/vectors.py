"""Rows with their vectors, by an embedder that is loaded when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from playground.domain.episodes import Episode
from playground.domain.errors import StorageUnavailable, Unavailable
from playground.domain.ports import Embedder
from playground.memory import embedders, rows, tables


class Vectors:
    """Embeds episodes and questions. Safe to use from several threads."""

    def __init__(self, embedder: Embedder | None) -> None:
        """Names the embedder; the packaged static model by default."""
        self._embedder = embedder
        self._lock = threading.Lock()

    def stamp(self) -> tables.Stamp:
        """Returns what a table that holds these vectors says about itself."""
        embedder = self._loaded()
        return tables.Stamp(tables.SCHEMA_VERSION, embedder.id, embedder.dimensions)

    def rows(self, episodes: Sequence[Episode]) -> list[tables.Row]:
        """Returns rows of scrubbed episodes with their vectors."""
        made = self.of([rows.searchable(episode) for episode in episodes])
        pairs = zip(episodes, made, strict=True)
        return [rows.row(episode, vector=vector) for episode, vector in pairs]

    def of(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns the vectors of texts.

        Raises:
            StorageUnavailable: the embedding model cannot be used.
        """
        embedder = self._loaded()
        try:
            return embedder.embed(texts)
        except Unavailable as error:
            raise StorageUnavailable(str(error)) from error

    def _loaded(self) -> Embedder:
        with self._lock:
            if self._embedder is None:
                try:
                    self._embedder = embedders.load()
                except Unavailable as error:
                    raise StorageUnavailable(str(error)) from error
            return self._embedder
