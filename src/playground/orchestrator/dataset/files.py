"""Rows as files: JSON lines, or Parquet. Equal rows give equal bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

from pyarrow import Table
from pyarrow.parquet import write_table

from playground.orchestrator.dataset.building import Dataset, Row
from playground.orchestrator.dataset.card import TITLE, card_of
from playground.orchestrator.dataset.records import RecordKind
from playground.orchestrator.dataset.splits import SPLITS

CARD = "README.md"
BEGINNINGS = {"jsonl": b'{"id":', "parquet": b"PAR1", "md": TITLE.encode()}
"""How files of ours begin, by their ending; nothing else is ever replaced."""


def names_of(form: str) -> list[str]:
    """Returns the names that files of rows may have."""
    return [f"{kind.value}.{split}.{form}" for kind in RecordKind for split in SPLITS]


def files_of(dataset: Dataset, *, form: str) -> dict[str, bytes]:
    """Returns the files of a data set by name: one for each kind and split, and the card.

    Args:
        dataset: the rows.
        form: "jsonl" or "parquet".
    """
    written = _parquet if form == "parquet" else _json_lines
    files = {
        f"{kind.value}.{split}.{form}": written(rows)
        for (kind, split), rows in sorted(dataset.rows.items())
    }
    return {**files, CARD: card_of(dataset, files=files).encode()}


def _json_lines(rows: Sequence[Row]) -> bytes:
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _parquet(rows: Sequence[Row]) -> bytes:
    sink = io.BytesIO()
    write_table(Table.from_pylist(list(rows)), sink, compression="zstd")
    return sink.getvalue()
