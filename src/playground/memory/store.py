"""The memory store: what was decided, kept in an embedded database and found again.

The journal is the truth about every run; the memory can be made anew from it at any time. An
episode that `remember` returned for survives the death of this process; nothing here promises
more than that about a power cut.

How it works together:
  * one writer at a time on a machine, by a lock file; readers never wait,
  * every write is one commit, so a killed writer leaves either all of it or nothing,
  * every write adds a fragment, so a thread joins them after a while and deletes old versions,
  * a reader whose version was deleted under it opens the newest one and asks again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from platformdirs import user_data_path

from playground.domain.episodes import Episode, Recollection
from playground.domain.errors import (
    BadInput,
    PlaygroundError,
    StorageUnavailable,
    Unavailable,
)
from playground.domain.ports import Embedder, RecallQuery
from playground.memory import embedders, fusion, rows, tables
from playground.memory.lock import exclusive
from playground.memory.trouble import translated

_log = logging.getLogger(__name__)

PIECES_MAX = 32
"""Fragments at which they are joined: a search over 40 costs twice that over one."""
RESULTS_MAX = 1_000
CANDIDATES_MIN = 30
CANDIDATES_PER_RESULT = 4
BATCH_ROWS = 500
LOCK_TIMEOUT_S = 30.0
PAUSES_S = (0.02, 0.05, 0.1, 0.2)

_T = TypeVar("_T")


class MemoryStore:
    """Remembers decided runs in one folder; implements `ports.MemoryStore`.

    Safe to use from several threads, and from several processes on the same folder. Creating one
    touches nothing; asking an empty one loads neither the database nor the embedding model.
    Every method raises `StorageUnavailable` when the folder or the embedding model cannot be used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        embedder: Embedder | None = None,
        pieces_max: int = PIECES_MAX,
    ) -> None:
        """Names the folder and the embedder.

        Args:
            folder: where the memory lies; the person's data folder for Playground by default.
            embedder: makes the vectors; the packaged static model by default.
            pieces_max: fragments on disk at which they are joined in the background.
        """
        self._folder = folder or user_data_path("playground") / "memory"
        self._embedder = embedder
        self._pieces_max = pieces_max
        self._table: tables.Table | None = None
        self._threads: dict[str, threading.Thread] = {}
        # Taken in this order where both are: first the turn to write, then the handles.
        self._turn = threading.RLock()
        self._turns_held = 0
        self._handles = threading.RLock()

    @property
    def folder(self) -> Path:
        """Where the memory lies."""
        return self._folder

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    def remember(self, episode: Episode) -> None:
        """Stores an episode; the same id again replaces it. Secrets are scrubbed first.

        Raises:
            BadInput: the episode has no id.
        """
        self._put([_checked(episode)])
        self._compact_when_due()

    def forget(self, episode_id: str) -> bool:
        """Removes an episode and all that was derived from it; False when there was none.

        On return no file of the memory holds any of it: everything else is written anew and old
        versions are deleted. Repeating a call that was cut off finishes it.
        """
        if not self._exists():
            return False
        found: list[bool] = []  # a try that is cut short after its commit has found it too
        with self._writing():
            self._ask(lambda t: found.append(t.erase(rows.storable(episode_id))), otherwise=None)
        return any(found)

    def compact(self) -> None:
        """Joins fragments and deletes old versions now, in this thread."""
        if self._exists():
            with self._writing():
                self._ask(lambda table: table.compact(), otherwise=None)

    def rebuild(self, episodes: Iterable[Episode]) -> int:
        """Throws the memory away, readable or not, and fills it with these episodes.

        Returns:
            How many were stored; of several with the same id the last one is.

        Raises:
            BadInput: an episode has no id; nothing was thrown away.
        """
        kept = {episode.id: _checked(episode) for episode in episodes}
        with self._writing():
            with self._handles, translated(self._folder):
                self._table = None
                tables.place(self._folder).drop()
            waiting = iter(kept.values())
            while batch := list(islice(waiting, BATCH_ROWS)):
                self._put(batch)
            self.compact()
        return len(kept)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def fetch_semantic(self, text: str, k: int = 5) -> list[Recollection]:
        """Returns the k nearest episodes, best first."""
        return self.recall(RecallQuery(text=text, k=k))

    def recall(self, query: RecallQuery) -> list[Recollection]:
        """Returns episodes that fit the query, best first; at most 1,000.

        Nearness of meaning and shared words are ranked apart and fused by reciprocal rank. A
        query without text returns what was decided last.
        """
        if query.k <= 0 or not self._exists():
            return []
        wanted = _storable_query(query)
        if wanted.text:
            return self._ask(lambda table: self._nearest(table, wanted), otherwise=[])
        newest = self._newest(wanted)
        scores = fusion.fuse([[episode.id for episode in newest]])
        pairs = zip(newest, scores, strict=True)
        return [Recollection(episode, score) for episode, (_, score) in pairs]

    def all(self, limit: int = RESULTS_MAX) -> list[Episode]:
        """Returns the episodes that were decided last, newest first; no more than `limit`."""
        if limit <= 0 or not self._exists():
            return []
        return self._newest(RecallQuery(text="", k=limit))

    def get(self, episode_id: str) -> Episode | None:
        """Returns one episode, None when there is none with this id."""
        if not self._exists():
            return None
        identifier = rows.storable(episode_id)
        found = self._ask(lambda table: table.fetch([identifier]), otherwise={})
        return rows.episode(found[identifier]) if identifier in found else None

    def count(self) -> int:
        """Returns the number of episodes."""
        return self._ask(lambda table: table.count(), otherwise=0) if self._exists() else 0

    def warm(self) -> None:
        """Loads the database and the embedding model in the background; returns at once.

        Loading takes a second or more, which a caller can spend on something else. Trouble is
        kept for the call that needs what could not be loaded.
        """
        self._start("warm", work=self._load)

    def close(self) -> None:
        """Waits for work in the background and lets go of the files; may be called twice."""
        with self._handles:
            threads = list(self._threads.values())
            self._threads.clear()
        for thread in threads:
            thread.join()
        with self._handles:
            self._table = None

    # ── one question ─────────────────────────────────────────────────────────────────────────

    def _nearest(self, table: tables.Table, query: RecallQuery) -> list[Recollection]:
        limit = max(CANDIDATES_MIN, CANDIDATES_PER_RESULT * query.k)
        vector = self._vectors([query.text])[0]
        # Words go first: where both lists are equally sure, who typed a name means that name.
        words = rows.words(query.text)
        rankings = [table.matching(words, query=query, limit=limit)] if words else []
        rankings.append(table.nearest(vector, query=query, limit=limit))
        ranked = fusion.fuse(rankings)[: query.k]
        found = table.fetch([identifier for identifier, _ in ranked])
        return [
            Recollection(rows.episode(found[identifier]), score)
            for identifier, score in ranked
            if identifier in found
        ]

    def _newest(self, query: RecallQuery) -> list[Episode]:
        found = self._ask(lambda table: table.newest(query, limit=query.k), otherwise=[])
        return [rows.episode(row) for row in found]

    def _ask(self, work: Callable[[tables.Table], _T], *, otherwise: _T) -> _T:
        """Asks the table, opening it anew and asking again when something gets in between."""
        for pause_s in PAUSES_S:
            try:
                return self._ask_once(work, otherwise=otherwise)
            except StorageUnavailable as error:
                if error.__cause__ is None or isinstance(error.__cause__, PlaygroundError):
                    raise  # a sentence of our own: asking again would change nothing
                with self._handles:
                    self._table = None
                time.sleep(pause_s)
        return self._ask_once(work, otherwise=otherwise)

    def _ask_once(self, work: Callable[[tables.Table], _T], *, otherwise: _T) -> _T:
        with translated(self._folder):
            table = self._opened()
            return otherwise if table is None else work(table)

    # ── one write ────────────────────────────────────────────────────────────────────────────

    def _put(self, episodes: Sequence[Episode]) -> None:
        kept = [rows.scrubbed(episode) for episode in episodes]
        with self._writing():
            if not self._ask(lambda table: self._store(table, kept), otherwise=False):
                self._make(kept)

    def _store(self, table: tables.Table, episodes: Sequence[Episode]) -> bool:
        table.put(self._rows(episodes))
        return True

    def _make(self, episodes: Sequence[Episode]) -> None:
        with self._handles, translated(self._folder):
            self._table = tables.place(self._folder).replace(
                self._stamp(), rows=self._rows(episodes)
            )

    @contextmanager
    def _writing(self) -> Generator[None]:
        """Holds this machine's turn to write; may be entered again by the thread that has it."""
        with self._turn:
            if self._turns_held:
                yield
                return
            with translated(self._folder):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with exclusive(self._folder / "lock", timeout_s=LOCK_TIMEOUT_S):
                self._turns_held += 1
                try:
                    yield
                finally:
                    self._turns_held -= 1

    # ── the table ────────────────────────────────────────────────────────────────────────────

    def _exists(self) -> bool:
        with translated(self._folder):
            return tables.exists(self._folder)

    def _opened(self) -> tables.Table | None:
        """Returns the table, None when there is none yet; embeds it anew when it has to be."""
        with self._handles:
            if self._table is None:
                self._table = tables.place(self._folder).open()
            table = self._table
            if table is None or self._fits(table.stamp()):
                return table
        with self._writing():
            return self._embedded_anew()

    def _fits(self, stamp: tables.Stamp) -> bool:
        if stamp.schema > tables.SCHEMA_VERSION:
            raise StorageUnavailable(
                f"The memory in {self._folder} was written by a newer Playground; "
                "update Playground to use it."
            )
        return stamp == self._stamp()

    def _embedded_anew(self) -> tables.Table | None:
        with self._handles:
            place = tables.place(self._folder)
            table = place.open()
            if table is not None and not self._fits(table.stamp()):
                known = [
                    rows.episode(row) for row in table.newest(_EVERYTHING, limit=_EVERYTHING.k)
                ]
                table = place.replace(self._stamp(), rows=self._rows(known))
                table.compact()
            self._table = table
            return table

    def _stamp(self) -> tables.Stamp:
        embedder = self._loaded_embedder()
        return tables.Stamp(tables.SCHEMA_VERSION, embedder.id, embedder.dimensions)

    # ── vectors ──────────────────────────────────────────────────────────────────────────────

    def _rows(self, episodes: Sequence[Episode]) -> list[tables.Row]:
        vectors = self._vectors([rows.searchable(episode) for episode in episodes])
        pairs = zip(episodes, vectors, strict=True)
        return [rows.row(episode, vector=vector) for episode, vector in pairs]

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        embedder = self._loaded_embedder()
        try:
            return embedder.embed(texts)
        except Unavailable as error:
            raise StorageUnavailable(str(error)) from error

    def _loaded_embedder(self) -> Embedder:
        with self._handles:
            if self._embedder is None:
                try:
                    self._embedder = embedders.load()
                except Unavailable as error:
                    raise StorageUnavailable(str(error)) from error
            return self._embedder

    # ── in the background ────────────────────────────────────────────────────────────────────

    def _compact_when_due(self) -> None:
        if self._ask(lambda table: table.pieces(), otherwise=0) >= self._pieces_max:
            self._start("compaction", work=self.compact)

    def _load(self) -> None:
        tables.prepare()
        self._vectors([""])
        self.count()

    def _start(self, name: str, *, work: Callable[[], None]) -> None:
        def quietly() -> None:
            try:
                work()
            except PlaygroundError as error:
                _log.warning("The memory's %s was given up: %s", name, error)

        with self._handles:
            running = self._threads.get(name)
            if running is None or not running.is_alive():
                thread = threading.Thread(target=quietly, name=f"playground-memory-{name}")
                self._threads[name] = thread
                thread.start()


_EVERYTHING = RecallQuery(text="", k=1_000_000_000)


def _checked(episode: Episode) -> Episode:
    if not episode.id:
        raise BadInput("An episode needs an id; give it the id of its run.")
    return episode


def _storable_query(query: RecallQuery) -> RecallQuery:
    return replace(
        query,
        text=rows.storable(query.text[: rows.QUERY_CHARS_MAX]).strip(),
        k=min(query.k, RESULTS_MAX),
        rule=rows.storable(query.rule),
        root=rows.storable(query.root),
        language=rows.storable(query.language),
        asking_root=rows.storable(query.asking_root),
        outcomes=tuple(rows.storable(outcome) for outcome in query.outcomes),
    )
