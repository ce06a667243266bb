"""A table in LanceDB: vectors, words and filters in one folder, without a server.

LanceDB's types are only partly known to type checkers, so the part of it that is used here is
written down as protocols, and everything is reached through them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol, Self, cast

import lancedb
import lancedb.pydantic as lance_models
from lancedb.expr import Expr, col, lit
from lancedb.index import FTS, Bitmap
from lancedb.pydantic import LanceModel
from lancedb.query import ColumnOrdering, MatchQuery
from pydantic import create_model

from playground.domain.ports import RecallQuery
from playground.memory.rows import COLUMNS
from playground.memory.tables import TABLE_NAMES, Row, Stamp

NAME = TABLE_NAMES[0].removesuffix(".lance")
_FILTERED = ("rule", "root", "outcome", "language")
_INDEX_CACHE_BYTES = 64 * 1024 * 1024
_METADATA_CACHE_BYTES = 32 * 1024 * 1024
_SCHEMA_KEY = b"playground.schema"
_EMBEDDER_KEY = b"playground.embedder"

# Zero would do the same and warn each time that other versions go; that is the purpose here.
_AT_ONCE = timedelta(milliseconds=1)


class _Query(Protocol):
    def distance_type(self, distance_type: str) -> Self: ...
    def where(self, where: Expr) -> Self: ...
    def select(self, columns: list[str]) -> Self: ...
    def limit(self, limit: int) -> Self: ...
    def order_by(self, ordering: list[ColumnOrdering]) -> Self: ...
    def to_list(self) -> list[dict[str, object]]: ...
    def to_arrow(self) -> object: ...


class _Merge(Protocol):
    def when_matched_update_all(self) -> Self: ...
    def when_not_matched_insert_all(self) -> Self: ...
    def execute(self, new_data: list[Row]) -> object: ...


class _Schema(Protocol):
    @property
    def metadata(self) -> Mapping[bytes, bytes] | None: ...
    @property
    def names(self) -> Sequence[str]: ...
    def with_metadata(self, metadata: Mapping[bytes, bytes]) -> _Schema: ...
    def field(self, name: str) -> _Field: ...


class _Field(Protocol):
    @property
    def type(self) -> _Type: ...


class _Type(Protocol):
    @property
    def list_size(self) -> int: ...


class _VectorMaker(Protocol):
    def __call__(self, dim: int, *, nullable: bool) -> type[object]: ...


class _Model(Protocol):
    def to_arrow_schema(self) -> _Schema: ...


class _Index(Protocol):
    @property
    def columns(self) -> Sequence[str]: ...


class _Lance(Protocol):
    @property
    def schema(self) -> _Schema: ...
    def search(self, query: object = None, *, query_type: str = "auto") -> _Query: ...
    def merge_insert(self, on: str) -> _Merge: ...
    def count_rows(self) -> int: ...
    def stats(self) -> Mapping[str, object]: ...
    def list_indices(self) -> Iterable[_Index]: ...
    def create_index(self, column: str, *, config: FTS | Bitmap, replace: bool) -> None: ...
    def optimize(self, *, cleanup_older_than: timedelta, delete_unverified: bool) -> object: ...


class _Database(Protocol):
    def open_table(self, name: str) -> _Lance: ...
    def create_table(self, name: str, *, data: object, schema: _Schema, mode: str) -> _Lance: ...


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


class LancePlace:
    """A folder with one LanceDB table."""

    def __init__(self, folder: Path) -> None:
        session = lancedb.Session(
            index_cache_size_bytes=_INDEX_CACHE_BYTES,
            metadata_cache_size_bytes=_METADATA_CACHE_BYTES,
        )
        # Every read looks for newer versions first: other processes write here too.
        connection = lancedb.connect(
            folder, read_consistency_interval=timedelta(0), session=session
        )
        self._folder = folder / TABLE_NAMES[0]
        self._database = cast("_Database", connection)

    def open(self) -> LanceTable | None:
        """Opens the table; None when there is none, or its making was cut off before any row.

        Raises:
            ValueError: there are data without a version that lists them, or a file is in the way.
        """
        if not self._folder.exists():
            return None
        if not self._folder.is_dir():  # the library would try for ten seconds before it gives up
            raise ValueError(f"{TABLE_NAMES[0]} is not a folder")
        try:
            return LanceTable(self._database.open_table(NAME), database=self._database)
        except ValueError:
            if any((self._folder / "data").glob("*")):
                raise
            return None

    def replace(self, stamp: Stamp, *, rows: Sequence[Row]) -> LanceTable:
        """Puts a table of these rows where none is, or in place of another, in one commit."""
        mode = "create" if self.open() is None else "overwrite"
        table = self._database.create_table(
            NAME, data=list(rows) or None, schema=_schema(stamp), mode=mode
        )
        return LanceTable(table, database=self._database)

    def drop(self) -> None:
        """Removes the table, readable or not."""
        if self._folder.is_dir():
            shutil.rmtree(self._folder)
        else:
            self._folder.unlink(missing_ok=True)


class LanceTable:
    """A LanceDB table of episodes."""

    def __init__(self, table: _Lance, *, database: _Database) -> None:
        self._table = table
        self._database = database

    def stamp(self) -> Stamp:
        """Returns what the newest version of the table says about itself."""
        schema = self._table.schema
        metadata = schema.metadata or {}
        return Stamp(
            schema=int(metadata.get(_SCHEMA_KEY, b"0")),
            embedder=metadata.get(_EMBEDDER_KEY, b"").decode("utf-8", "replace"),
            dimensions=schema.field("vector").type.list_size,
        )

    def put(self, rows: Sequence[Row]) -> None:
        """Stores rows in one commit; a row with a known id replaces the old one."""
        merge = self._table.merge_insert("id")
        merge.when_matched_update_all().when_not_matched_insert_all().execute(list(rows))

    def erase(self, identifier: str) -> bool:
        """Removes the row for good; False when there is none.

        Deleting in place would only mark the row and leave it in data files, in older versions
        and in the index of words. So everything else is written anew and the rest is deleted.
        """
        found = identifier in self.fetch([identifier])
        kept = self._table.search().where(col("id") != lit(identifier)).to_arrow()
        self._table = self._database.create_table(
            NAME, data=kept, schema=self._table.schema, mode="overwrite"
        )
        self.compact()
        return found

    def nearest(self, vector: Sequence[float], *, query: RecallQuery, limit: int) -> list[str]:
        """Returns ids of the rows that fit the query's filters, nearest vectors first."""
        search = self._table.search(list(vector), query_type="vector").distance_type("cosine")
        return _ids(_filtered(search, query).select(["id", "_distance"]).limit(limit))

    def matching(self, words: str, *, query: RecallQuery, limit: int) -> list[str]:
        """Returns ids of the rows that fit the filters and share words, best BM25 first."""
        search = self._table.search(_match(words), query_type="fts")
        return _ids(_filtered(search, query).select(["id", "_score"]).limit(limit))

    def newest(self, query: RecallQuery, *, limit: int) -> list[Row]:
        """Returns the episodes' columns of rows that fit the filters, last decided first."""
        last = ColumnOrdering(column_name="decided_at", ascending=False)
        search = _filtered(self._table.search(), query).order_by([last])
        return [*search.select(self._columns()).limit(limit).to_list()]

    def fetch(self, identifiers: Sequence[str]) -> dict[str, Row]:
        """Returns the episodes' columns of these rows by id; missing ones are left out."""
        if not identifiers:
            return {}
        search = self._table.search().where(col("id").isin(list(identifiers)))
        rows = search.select(self._columns()).limit(len(identifiers)).to_list()
        return {cast("str", row["id"]): row for row in rows}

    def _columns(self) -> list[str]:
        known = frozenset(self._table.schema.names)
        return [name for name in COLUMNS if name in known]  # an older version has less of them

    def count(self) -> int:
        """Returns the number of rows."""
        return self._table.count_rows()

    def pieces(self) -> int:
        """Returns the number of fragments that compacting would join."""
        fragments = cast("Mapping[str, int]", self._table.stats()["fragment_stats"])
        return fragments["num_fragments"]

    def compact(self) -> None:
        """Joins fragments, brings indexes up to date and deletes all that is no longer needed."""
        known = {column for index in self._table.list_indices() for column in index.columns}
        if "text" not in known:
            self._table.create_index("text", config=FTS(), replace=True)
        for column in _FILTERED:
            if column not in known:
                self._table.create_index(column, config=Bitmap(), replace=True)
        # One round leaves the version from before its own last step, so a second one follows.
        for _ in range(2):
            self._table.optimize(cleanup_older_than=_AT_ONCE, delete_unverified=True)


def make(folder: Path) -> LancePlace:
    """Returns the place of a LanceDB table below this folder."""
    return LancePlace(folder)


def _schema(stamp: Stamp) -> _Schema:
    make_type = cast("_VectorMaker", vars(lance_models)["Vector"])
    vector = make_type(stamp.dimensions, nullable=False)
    model = create_model("EpisodeRow", __base__=_Columns, vector=(vector, ...))
    metadata = {_SCHEMA_KEY: str(stamp.schema).encode(), _EMBEDDER_KEY: stamp.embedder.encode()}
    return cast("_Model", model).to_arrow_schema().with_metadata(metadata)


def _filtered(search: _Query, query: RecallQuery) -> _Query:
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


def _ids(search: _Query) -> list[str]:
    return [cast("str", row["id"]) for row in search.to_list()]
