"""A table in LanceDB: vectors, words and filters in one folder or bucket, without a server."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol, cast

import lancedb
import lancedb.pydantic as lance_models
from lancedb.expr import col, lit
from lancedb.index import FTS, Bitmap, BTree, IvfFlat
from lancedb.pydantic import LanceModel
from lancedb.query import ColumnOrdering, MatchQuery
from pydantic import create_model

from playground.domain.ports import RecallQuery
from playground.memory.database import (
    Batch,
    Database,
    IndexInfo,
    Lance,
    Model,
    Schema,
    Search,
    VectorMaker,
)
from playground.memory.locations import Location
from playground.memory.rows import COLUMNS
from playground.memory.tables import TABLE_NAMES, Row, Stamp

NAME = TABLE_NAMES[0].removesuffix(".lance")
VECTOR_INDEX_ROWS_MIN = 20_000
"""Rows from which an index of vectors pays: below, looking at all of them costs some 20 ms."""

_FILTERED = ("rule", "root", "outcome", "language")
_PROBES = 20
_SCAN_ROWS = 500
_INDEX_CACHE_BYTES = 256 * 1024 * 1024
"""A vector index that does not fit is read anew at every question: 45 ms, not 8, of 30,000 rows."""
_METADATA_CACHE_BYTES = 32 * 1024 * 1024
_SCHEMA_KEY = b"playground.schema"
_EMBEDDER_KEY = b"playground.embedder"
_VERSION_MAX = 2**64 - 1
"""From which the number of a version is taken for the name of its file: the newest comes first."""
_NO_VECTOR = "null"
"""What LanceDB shall make of a missing vector: nothing else than that."""

# Zero would do the same and warn each time that other versions go; that is the purpose here.
_AT_ONCE = timedelta(milliseconds=1)
_GRACE = timedelta(seconds=10)
"""How long a version stays that a reader or a writer of another process may still hold."""
_GRACE_AFAR = timedelta(minutes=10)
"""The same where machines share the memory and their clocks differ."""


class _Columns(LanceModel):
    id: str
    root: str
    goal: str
    tool: str
    rule: str
    message: str
    rule_summary: str
    language: str
    path: str
    before: str
    after: str
    diff: str
    outcome: str
    reason: str
    source: str
    decided_at: float
    shape: str
    trusted: bool
    text: str
    embedded: bool


class LancePlace:
    """A folder or an address with one LanceDB table."""

    def __init__(self, location: Location) -> None:
        session = lancedb.Session(
            index_cache_size_bytes=_INDEX_CACHE_BYTES,
            metadata_cache_size_bytes=_METADATA_CACHE_BYTES,
        )
        # Every read looks for newer versions first: other processes write here too.
        connection = lancedb.connect(
            location.address,
            read_consistency_interval=timedelta(0),
            session=session,
            storage_options=dict(location.options) or None,
        )
        self._folder = location.folder and location.folder / TABLE_NAMES[0]
        self._database = cast("Database", connection)

    def open(self) -> LanceTable | None:
        """Opens the table; None when there is none, or its making was cut off before any row.

        Raises:
            ValueError: there are data without a version that lists them, or a file is in the way.
        """
        if self._folder and not self._folder.exists():
            return None
        if self._folder and not self._folder.is_dir():
            # The library would try for ten seconds before it gives up.
            raise ValueError(f"{TABLE_NAMES[0]} is not a folder")
        try:
            return self._table(self._database.open_table(NAME))
        except ValueError:
            if self._folder and any((self._folder / "data").glob("*")):
                raise
            return None

    def replace(self, stamp: Stamp, *, batches: Iterable[Sequence[Row]]) -> LanceTable:
        """Puts a table of these rows where none is, or in place of another, in one commit."""
        mode = "create" if self.open() is None else "overwrite"
        schema = _schema(stamp)
        table = self._database.create_table(
            NAME,
            data=_arrow().RecordBatchReader.from_batches(
                schema, (_batch(rows, schema) for rows in batches)
            ),
            schema=schema,
            mode=mode,
            on_bad_vectors=_NO_VECTOR,
        )
        # Also for one row: stems and stop words are the index's, not the search's.
        table.create_index("text", config=FTS(), replace=True)
        return self._table(table)

    def drop(self) -> None:
        """Removes the table, readable or not."""
        if self._folder is None:
            self._database.drop_table(NAME, ignore_missing=True)
        elif self._folder.is_dir():
            shutil.rmtree(self._folder)
        else:
            self._folder.unlink(missing_ok=True)

    def _table(self, table: Lance) -> LanceTable:
        return LanceTable(table, database=self._database, folder=self._folder)


class LanceTable:
    """A LanceDB table of episodes."""

    def __init__(self, table: Lance, *, database: Database, folder: Path | None) -> None:
        """Wraps an open table.

        Args:
            table: the table.
            database: its connection.
            folder: where its files lie; None where other machines may work on it, which no lock of
                this one keeps out.
        """
        self._lance = table
        self._database = database
        self._folder = folder

    def stamp(self) -> Stamp:
        """Returns what the newest version of the table says about itself."""
        schema = self._lance.schema
        metadata = schema.metadata or {}
        return Stamp(
            schema=int(metadata.get(_SCHEMA_KEY, b"0")),
            embedder=metadata.get(_EMBEDDER_KEY, b"").decode("utf-8", "replace"),
            dimensions=schema.field("vector").type.list_size,
        )

    def put(self, rows: Sequence[Row]) -> None:
        """Stores rows in one commit each for new ids, which are appended, and for known ones."""
        known = self.known([cast("str", row["id"]) for row in rows])
        old = [row for row in rows if row["id"] in known]
        new = [row for row in rows if row["id"] not in known]
        if old:
            self._lance.merge_insert("id").when_matched_update_all().execute(self._batch(old))
        if new:
            self._lance.add(self._batch(new), on_bad_vectors=_NO_VECTOR)

    def scan(self) -> Iterator[list[Row]]:
        """Returns all rows in batches: the episodes' columns and the vector."""
        search = self._lance.search().select([*self._columns(), "vector"])
        for batch in search.to_batches(_SCAN_ROWS):
            yield batch.to_pylist()

    def waiting(self, *, limit: int) -> list[Row]:
        """Returns the episodes' columns of rows that have no vector yet."""
        search = self._lance.search().where(col("embedded") == lit(value=False))
        return [*search.select(self._columns()).limit(limit).to_list()]

    def fill(self, rows: Sequence[Row]) -> None:
        """Replaces rows by these where they still have no vector; adds none."""
        merge = self._lance.merge_insert("id")
        # What was replaced or forgotten in the meantime stays as it is.
        merge = merge.when_matched_update_all(where="target.embedded = false")
        merge.execute(self._batch(rows))

    def erase(self, identifier: str) -> bool:
        """Removes the row for good; False when there is none.

        Deleting in place would only mark the row and leave it in data files, in older versions
        and in the index of words. So everything else is written anew and the rest is deleted.
        Where there is none, a call before may have been cut off between the two.
        """
        if not self.known([identifier]):
            self.compact()
            return False
        # Batch by batch, so that a large memory is never held in memory.
        kept = self._lance.search().where(col("id") != lit(identifier)).to_batches(_SCAN_ROWS)
        self._lance = self._database.create_table(
            NAME,
            data=kept,
            schema=self._lance.schema,
            mode="overwrite",
            on_bad_vectors=_NO_VECTOR,
        )
        self.compact()
        return True

    def nearest(self, vector: Sequence[float], *, query: RecallQuery, limit: int) -> list[str]:
        """Returns ids of the rows that fit the query's filters, nearest vectors first."""
        search = self._lance.search(list(vector), query_type="vector").distance_type("cosine")
        # Few rows are of one rule; looking at all of them finds what an index might pass over.
        search = search.bypass_vector_index() if query.rule else search.nprobes(_PROBES)
        search = _filtered(search, query)
        return _ids(search.select(["id", "_distance"]).limit(limit))

    def matching(self, words: str, *, query: RecallQuery, limit: int) -> list[str]:
        """Returns ids of the rows that fit the filters and share words, best BM25 first."""
        search = self._lance.search(_match(words), query_type="fts")
        return _ids(_filtered(search, query).select(["id", "_score"]).limit(limit))

    def newest(self, query: RecallQuery, *, limit: int) -> list[Row]:
        """Returns the episodes' columns of rows that fit the filters, last decided first."""
        last = ColumnOrdering(column_name="decided_at", ascending=False)
        search = _filtered(self._lance.search(), query).order_by([last])
        return [*search.select(self._columns()).limit(limit).to_list()]

    def in_order(self) -> list[str]:
        """Returns the ids of all rows, first decided first."""
        columns = ["decided_at", "id"]
        order = [ColumnOrdering(column_name=name, ascending=True) for name in columns]
        search = self._lance.search().select(columns).order_by(order)
        batches = search.to_batches(_SCAN_ROWS)
        return [cast("str", row["id"]) for batch in batches for row in batch.to_pylist()]

    def known(self, identifiers: Sequence[str]) -> frozenset[str]:
        """Returns those of these ids that there are rows of."""
        search = self._lance.search().where(col("id").isin(list(identifiers)))
        return frozenset(_ids(search.select(["id"]).limit(len(identifiers))))

    def fetch(self, identifiers: Sequence[str]) -> dict[str, Row]:
        """Returns the episodes' columns of these rows by id; missing ones are left out."""
        if not identifiers:
            return {}
        search = self._lance.search().where(col("id").isin(list(identifiers)))
        rows = search.select(self._columns()).limit(len(identifiers)).to_list()
        return {cast("str", row["id"]): row for row in rows}

    def count(self) -> int:
        """Returns the number of rows."""
        return self._lance.count_rows()

    def pieces(self) -> int:
        """Returns the number of fragments that compacting would join."""
        fragments = cast("Mapping[str, int]", self._lance.stats()["fragment_stats"])
        return fragments["num_fragments"]

    def tidy(self) -> None:
        """Joins fragments and brings indexes up to date, safe beside writers of rows.

        Versions that are no longer the newest for some seconds go.
        """
        self._index()
        self._lance.optimize(cleanup_older_than=_GRACE if self._folder else _GRACE_AFAR)

    def compact(self) -> None:
        """Does what `tidy` does, and deletes all that the newest version does not need."""
        self._index()
        # One round leaves the version from before its own last step, so a second one follows.
        for _ in range(2):
            self._drop_old()
            alone = self._folder is not None
            self._lance.optimize(cleanup_older_than=_AT_ONCE, delete_unverified=alone)

    def _drop_old(self) -> None:
        """Removes the lists of all old versions.

        By its age, the library would keep one from before the clock was put back, and all that it
        holds. What no version lists any more goes with the next round.
        """
        if self._folder is None:
            return
        versions = self._folder / "_versions"
        newest = versions / f"{_VERSION_MAX - self._lance.version:020}.manifest"
        if newest.exists():
            for path in versions.glob("*.manifest"):
                if path != newest:
                    path.unlink(missing_ok=True)

    def _index(self) -> None:
        """Makes the indexes that are missing."""
        indexes: Iterable[IndexInfo] = self._lance.list_indices()
        known = {column for index in indexes for column in index.columns}
        wanted: dict[str, object] = {"text": FTS(), "id": BTree()}
        wanted |= {column: Bitmap() for column in _FILTERED}
        rows = self._lance.count_rows("embedded = true")
        if rows >= VECTOR_INDEX_ROWS_MIN:
            wanted["vector"] = IvfFlat(distance_type="cosine", num_partitions=math.isqrt(rows))
        for column, config in wanted.items():
            if column not in known:
                self._lance.create_index(column, config=config, replace=True)

    def _columns(self) -> list[str]:
        known = frozenset(self._lance.schema.names)
        return [name for name in COLUMNS if name in known]  # an older version has less of them

    def _batch(self, rows: Sequence[Row]) -> Batch:
        return _batch(rows, self._lance.schema)


def make(location: Location) -> LancePlace:
    """Returns the place of a LanceDB table at this location."""
    return LancePlace(location)


class _Tables(Protocol):
    def from_pylist(self, mapping: Sequence[Row], schema: Schema) -> Batch: ...


class _Readers(Protocol):
    def from_batches(self, schema: Schema, batches: Iterator[Batch]) -> object: ...


class _Arrow(Protocol):
    RecordBatch: _Tables
    RecordBatchReader: _Readers


def _arrow() -> _Arrow:
    # It brings no types, so it is taken from where the database has it.
    return cast("_Arrow", vars(lance_models)["pa"])


def _batch(rows: Sequence[Row], schema: Schema) -> Batch:
    return _arrow().RecordBatch.from_pylist(rows, schema)


def _schema(stamp: Stamp) -> Schema:
    make_type = cast("VectorMaker", vars(lance_models)["Vector"])
    vector = make_type(stamp.dimensions, nullable=True)
    model = create_model("EpisodeRow", __base__=_Columns, vector=(vector, ...))
    metadata = {_SCHEMA_KEY: str(stamp.schema).encode(), _EMBEDDER_KEY: stamp.embedder.encode()}
    return cast("Model", model).to_arrow_schema().with_metadata(metadata)


def _filtered(search: Search, query: RecallQuery) -> Search:
    # Expressions carry values apart from the filter's text, so no value can become a filter.
    tests = [col(name) == lit(value) for name, value in _wanted(query) if value]
    if query.outcomes:
        tests.append(col("outcome").isin(list(query.outcomes)))
    if query.asking_root:
        tests.append((col("trusted") == lit(value=True)) | (col("root") == lit(query.asking_root)))
    if not tests:
        return search
    together = tests[0]
    for test in tests[1:]:
        together = together & test
    return search.where(together)


def _wanted(query: RecallQuery) -> tuple[tuple[str, str], ...]:
    return (("rule", query.rule), ("root", query.root), ("language", query.language))


def _match(words: str) -> object:
    return cast("Callable[[str, str], object]", MatchQuery)(words, "text")


def _ids(search: Search) -> list[str]:
    return [cast("str", row["id"]) for row in search.to_list()]
