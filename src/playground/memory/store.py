"""The memory store: what was decided, kept in an embedded database and found again.

The journal is the truth about every run; the memory can be made anew from it at any time. An
episode that `remember` returned for survives the death of this process; nothing here promises
more than that about a power cut.

How it works together:
  * one writer at a time on a machine, by a lock file, for milliseconds; readers never wait,
  * new episodes are appended, every write is one commit, so a killed writer leaves either all of
    it or nothing,
  * every write adds a fragment, so a thread joins them after a while and deletes old versions,
  * a change of the embedder leaves the vectors out; a thread fills them in; on object storage,
    where others may go on with the old one, the newcomer searches words alone,
  * a reader whose version was deleted under it opens the newest one and asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from playground.domain.episodes import Episode, Recollection
from playground.domain.errors import BadInput, StorageUnavailable
from playground.domain.ports import Embedder, RecallQuery
from playground.memory import fusion, rows, tables
from playground.memory.handle import TableHandle
from playground.memory.locations import located
from playground.memory.spool import spooled
from playground.memory.upkeep import Upkeep
from playground.memory.vectors import Vectors

PIECES_MAX = 100
"""Fragments at which they are joined; every write of one episode adds one."""
FILL_AT_ONCE = 500
"""Rows without vectors that are filled in by who opens the memory; more of them wait."""
FILL_TIMEOUT_S = 0.5
"""How long that waits for somebody who joins fragments."""
RESULTS_MAX = 1_000
CANDIDATES_MIN = 30
CANDIDATES_PER_RESULT = 4
BATCH_ROWS = 500

_T = TypeVar("_T")


class Settings(Protocol):
    """What is configured."""

    @property
    def embedder(self) -> str:
        """Name of what makes vectors, "" for the default one."""
        ...

    def within(self, folder: Path) -> Path | str:
        """Returns where the memory lies: below a folder, where nothing else is set."""
        ...


class MemoryStore:
    """Remembers decided runs in one folder or bucket; implements `ports.MemoryStore`.

    Safe to use from several threads, and from several processes on the same folder. Creating one
    touches nothing; asking an empty one loads neither the database nor the embedding model.
    Every method raises `StorageUnavailable` when the folder or the embedding model cannot be used.
    """

    def __init__(
        self,
        where: Path | str | None = None,
        *,
        embedder: Embedder | str | None = None,
        options: Mapping[str, str] | None = None,
        pieces_max: int = PIECES_MAX,
    ) -> None:
        """Names the place and the embedder.

        Args:
            where: the folder in which the memory lies, or an address of object storage such as
                "s3://bucket/memory"; the person's data folder for Playground by default.
            embedder: makes the vectors, or its name; the packaged static model by default.
            options: what the object storage's client has to know.
            pieces_max: fragments at which they are joined in the background.
        """
        self._vectors = Vectors("" if embedder is None else embedder)
        self._handle = TableHandle(located(where, options=options), vectors=self._vectors)
        self._upkeep = Upkeep(self._handle, vectors=self._vectors)
        self._pieces_max = pieces_max

    @classmethod
    def configured(cls, settings: Settings, *, folder: Path) -> MemoryStore:
        """Returns the memory that the person's configuration names.

        Args:
            settings: theirs.
            folder: below which it lies where they name no place.
        """
        return cls(settings.within(folder), embedder=settings.embedder)

    @property
    def folder(self) -> Path:
        """Where the memory lies on this machine; its locks alone when it lies elsewhere."""
        return self._handle.location.locks

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    def remember(self, episode: Episode) -> None:
        """Stores an episode; the same id again replaces it. Secrets are scrubbed first.

        Raises:
            BadInput: the episode has no id.
        """
        self.remember_all([episode])

    def remember_all(self, episodes: Iterable[Episode]) -> int:
        """Stores many episodes, some hundred in one commit; returns how many there were.

        Raises:
            BadInput: an episode has no id; those of earlier batches are stored.
        """
        stored = 0
        for batch in _batched(episodes):
            self._put(batch)
            stored += len(batch)
        if self._handle.ask(lambda table: table.pieces(), otherwise=0) >= self._pieces_max:
            self._upkeep.start("compaction", work=self._upkeep.tidy)
        return stored

    def forget(self, episode_id: str) -> bool:
        """Removes an episode and all that was derived from it; False when there was none.

        On return no file of the memory holds any of it: everything else is written anew and old
        versions are deleted. Repeating a call that was cut off finishes it.
        """
        if not self._exists():
            return False
        found: list[bool] = []  # a try that is cut short after its commit has found it too
        with self._handle.tidying.taken(), self._handle.writing.taken():
            self._handle.ask(
                lambda table: found.append(table.erase(rows.storable(episode_id))), otherwise=None
            )
        return any(found)

    def tidy(self) -> None:
        """Joins fragments now, in this thread, while others write."""
        if self._exists():
            self._upkeep.tidy()

    def embed(self) -> None:
        """Gives a vector to every episode that has none, in this thread."""
        if self._exists():
            self._upkeep.fill()

    def compact(self) -> None:
        """Joins fragments and deletes all old versions now, while writers wait."""
        if self._exists():
            with self._handle.tidying.taken(), self._handle.writing.taken():
                self._handle.ask(lambda table: table.compact(), otherwise=None)

    def rebuild(self, episodes: Iterable[Episode]) -> int:
        """Throws the memory away, readable or not, and fills it with these episodes.

        A memory that can be opened stays as it is until all of the new one is there. The episodes
        are taken in before anything is touched, so they may come from the memory itself, and
        they are not held in memory, so there may be a million.

        Returns:
            How many were stored; of several with the same id the last one is.

        Raises:
            BadInput: an episode has no id; nothing was thrown away.
        """
        with spooled(self._handle.location) as spool:
            for batch in _batched(episodes):
                spool.add([rows.scrubbed(_checked(episode)) for episode in batch])
            batches = (self._vectors.rows(batch) for batch in _batched(spool.episodes()))
            tables.prepare()
            with self._handle.tidying.taken(), self._handle.writing.taken():
                self._handle.make_anew(batches)
                self._handle.ask(lambda table: table.compact(), otherwise=None)
            return len(spool)

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
            return self._handle.ask(lambda table: self._nearest(table, wanted), otherwise=[])
        newest = self._newest(wanted)
        scores = fusion.fuse([[episode.id for episode in newest]])
        pairs = zip(newest, scores, strict=True)
        return [Recollection(episode, score) for episode, (_, score) in pairs]

    def all(self, limit: int = RESULTS_MAX) -> list[Episode]:
        """Returns the episodes that were decided last, newest first; no more than `limit`."""
        if limit <= 0 or not self._exists():
            return []
        return self._newest(RecallQuery(text="", k=limit))

    def oldest_first(self) -> Iterator[Episode]:
        """Yields every episode, first decided first; what goes in the meantime is left out.

        Held in memory are the ids alone, and some hundred episodes.
        """
        if not self._exists():
            return
        for some in _batched(self._handle.ask(lambda table: table.in_order(), otherwise=[])):
            found = self._fetched(some)
            yield from (rows.episode(found[one]) for one in some if one in found)

    def known(self, identifiers: Iterable[str]) -> frozenset[str]:
        """Returns those of these ids that there are episodes of."""
        if not self._exists():
            return frozenset()
        stored = {rows.storable(one): one for one in identifiers}
        found = [self._known(some) for some in _batched(stored)]
        return frozenset(stored[one] for some in found for one in some)

    def get(self, episode_id: str) -> Episode | None:
        """Returns one episode, None when there is none with this id."""
        if not self._exists():
            return None
        identifier = rows.storable(episode_id)
        found = self._fetched([identifier])
        return rows.episode(found[identifier]) if identifier in found else None

    def count(self) -> int:
        """Returns the number of episodes."""
        return self._handle.ask(lambda table: table.count(), otherwise=0) if self._exists() else 0

    def warm(self) -> None:
        """Loads the database and the embedding model in the background; returns at once.

        Loading takes a second or more, which a caller can spend on something else. Trouble is
        kept for the call that needs what could not be loaded.
        """
        self._upkeep.start("warm", work=self._load)

    def close(self) -> None:
        """Waits for work in the background and lets go of the files; may be called twice."""
        self._upkeep.stop()
        self._handle.let_go()

    # ── one question ─────────────────────────────────────────────────────────────────────────

    def _nearest(self, table: tables.Table, query: RecallQuery) -> list[Recollection]:
        limit = max(CANDIDATES_MIN, CANDIDATES_PER_RESULT * query.k)
        # Words go first: where both lists are equally sure, who typed a name means that name.
        words = rows.words(f"{query.text}\n{query.code}")
        rankings = [table.matching(words, query=query, limit=limit)] if words else []
        if not self._handle.is_foreign(table):
            vector = self._vectors.of([(query.text, query.code)])[0]
            rankings.append(table.nearest(vector, query=query, limit=limit))
        ranked = fusion.fuse(rankings)[: query.k]
        found = table.fetch([identifier for identifier, _ in ranked])
        return [
            Recollection(rows.episode(found[identifier]), score)
            for identifier, score in ranked
            if identifier in found
        ]

    def _fetched(self, identifiers: Sequence[str]) -> dict[str, tables.Row]:
        return self._handle.ask(lambda table: table.fetch(identifiers), otherwise={})

    def _known(self, identifiers: Sequence[str]) -> frozenset[str]:
        return self._handle.ask(lambda table: table.known(identifiers), otherwise=frozenset())

    def _newest(self, query: RecallQuery) -> list[Episode]:
        found = self._handle.ask(lambda table: table.newest(query, limit=query.k), otherwise=[])
        return [rows.episode(row) for row in found]

    # ── one write ────────────────────────────────────────────────────────────────────────────

    def _put(self, batch: Sequence[Episode]) -> None:
        made = self._rows([_checked(episode) for episode in batch])
        if not self._exists():
            tables.prepare()  # for which nobody should have to wait at the lock
        with self._handle.writing.taken():
            if not self._handle.ask(lambda table: self._stored(table, made), otherwise=False):
                self._handle.make([made])

    def _stored(self, table: tables.Table, made: Sequence[tables.Row]) -> bool:
        if self._handle.is_foreign(table):  # those whose vectors it has will fill them in
            made = [{**row, "vector": None, "embedded": False} for row in made]
        table.put(made)
        return True

    def _rows(self, batch: Sequence[Episode]) -> list[tables.Row]:
        # Ids that differ in what UTF-8 cannot hold alone are one id when they are stored.
        distinct = {episode.id: episode for episode in map(rows.scrubbed, batch)}
        return self._vectors.rows([*distinct.values()])

    # ── the table ────────────────────────────────────────────────────────────────────────────

    def _exists(self) -> bool:
        """Whether there is anything to ask; looks once for vectors that were not filled in."""
        found = self._handle.exists()
        if found and self._handle.unlooked:
            waiting = self._handle.ask(
                lambda table: len(self._upkeep.waiting(table, limit=FILL_AT_ONCE + 1)), otherwise=0
            )
            self._handle.unlooked = False
            if waiting > FILL_AT_ONCE:
                self._upkeep.start("embedding", work=self._upkeep.fill)
            elif waiting:
                # Who only asks neither waits for long nor needs a folder that can be written:
                # what has no vector is found by its words, and filled in another time.
                with suppress(StorageUnavailable):
                    self._upkeep.fill(timeout_s=FILL_TIMEOUT_S)
        return found

    def _load(self) -> None:
        tables.prepare()
        self._vectors.of([("warm", "")])
        self.count()


def _batched(items: Iterable[_T]) -> Iterator[list[_T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, BATCH_ROWS)):
        yield batch


def _checked(episode: Episode) -> Episode:
    if not episode.id:
        raise BadInput("An episode needs an id; give it the id of its run.")
    return episode


def _storable_query(query: RecallQuery) -> RecallQuery:
    return replace(
        query,
        text=rows.storable(query.text[: rows.QUERY_CHARS_MAX]).strip(),
        k=min(query.k, RESULTS_MAX),
        code=rows.storable(query.code[: rows.QUERY_CHARS_MAX]),
        rule=rows.storable(query.rule),
        root=rows.storable(query.root),
        language=rows.storable(query.language),
        asking_root=rows.storable(query.asking_root),
        outcomes=tuple(rows.storable(outcome) for outcome in query.outcomes),
    )
