"""The part of LanceDB that is used here, as protocols: its own types are only partly known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol, Self

from lancedb.expr import Expr
from lancedb.query import ColumnOrdering

Row = Mapping[str, object]


class Batch(Protocol):
    """Rows in columns."""

    def to_pylist(self) -> list[Row]:
        """Returns the rows."""
        ...


class Search(Protocol):
    """A question to a table that is being put together."""

    def distance_type(self, distance_type: str) -> Self:
        """Names the measure of nearness."""
        ...

    def where(self, where: Expr) -> Self:
        """Keeps rows that pass a test."""
        ...

    def select(self, columns: list[str]) -> Self:
        """Names the wanted columns."""
        ...

    def limit(self, limit: int) -> Self:
        """Bounds the number of rows."""
        ...

    def order_by(self, ordering: list[ColumnOrdering]) -> Self:
        """Names the order."""
        ...

    def to_list(self) -> list[dict[str, object]]:
        """Asks, and returns rows."""
        ...

    def to_arrow(self) -> object:
        """Asks, and returns columns."""
        ...

    def to_batches(self, batch_size: int) -> Iterable[Batch]:
        """Asks, and returns rows batch by batch."""
        ...

    def bypass_vector_index(self) -> Self:
        """Looks at all rows that pass the test, whatever the index says."""
        ...

    def nprobes(self, nprobes: int) -> Self:
        """Names how many parts of a vector index are looked at."""
        ...


class Merge(Protocol):
    """A write that looks for known rows."""

    def when_matched_update_all(self, *, where: str | None = None) -> Self:
        """Replaces rows that are known, where they pass a test."""
        ...

    def when_not_matched_insert_all(self) -> Self:
        """Appends rows that are not known."""
        ...

    def execute(self, new_data: Batch) -> object:
        """Writes, in one commit."""
        ...


class Schema(Protocol):
    """Names and types of columns."""

    @property
    def metadata(self) -> Mapping[bytes, bytes] | None:
        """What is noted beside the columns."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns."""
        ...

    def with_metadata(self, metadata: Mapping[bytes, bytes]) -> Schema:
        """Returns the schema with other notes."""
        ...

    def field(self, name: str) -> Column:
        """Returns a column."""
        ...


class Column(Protocol):
    """One column."""

    @property
    def type(self) -> ColumnType:
        """Its type."""
        ...


class ColumnType(Protocol):
    """The type of a column of vectors."""

    @property
    def list_size(self) -> int:
        """The length of the vectors."""
        ...


class VectorMaker(Protocol):
    """Makes the type of a column of vectors."""

    def __call__(self, dim: int, *, nullable: bool) -> type[object]:
        """Makes the type."""
        ...


class Model(Protocol):
    """A class whose fields are columns."""

    def to_arrow_schema(self) -> Schema:
        """Returns the schema."""
        ...


class IndexInfo(Protocol):
    """An index that exists."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns that it is for."""
        ...


class Lance(Protocol):
    """A table."""

    @property
    def version(self) -> int:
        """The number of the newest version."""
        ...

    @property
    def schema(self) -> Schema:
        """The schema of the newest version."""
        ...

    def search(self, query: object = None, *, query_type: str = "auto") -> Search:
        """Begins a question."""
        ...

    def merge_insert(self, on: str) -> Merge:
        """Begins a write that looks for rows by a column."""
        ...

    def add(self, data: Batch, *, on_bad_vectors: str) -> object:
        """Appends rows in one commit."""
        ...

    def count_rows(self, condition: str | None = None, /) -> int:
        """Counts rows that pass a test."""
        ...

    def stats(self) -> Mapping[str, object]:
        """Returns numbers about the files."""
        ...

    def list_indices(self) -> Iterable[IndexInfo]:
        """Returns the indexes."""
        ...

    def create_index(self, column: str, *, config: object, replace: bool) -> None:
        """Makes an index."""
        ...

    def optimize(self, *, cleanup_older_than: timedelta, delete_unverified: bool = False) -> object:
        """Joins fragments, brings indexes up to date, deletes old versions."""
        ...


class Database(Protocol):
    """A connection."""

    def open_table(self, name: str) -> Lance:
        """Opens a table."""
        ...

    def create_table(
        self, name: str, *, data: object, schema: Schema, mode: str, on_bad_vectors: str
    ) -> Lance:
        """Makes a table, or writes one anew, in one commit."""
        ...

    def drop_table(self, name: str, *, ignore_missing: bool) -> None:
        """Removes a table."""
        ...
