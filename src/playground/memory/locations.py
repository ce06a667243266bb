"""Where a memory lies: a folder of this machine, or an address of object storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from playground.domain.changes import digest_of


@dataclass(frozen=True, slots=True)
class Location:
    """Where a memory lies.

    Attributes:
        folder: the folder, None for object storage.
        address: what the database is opened by: the folder's path or the address.
        locks: the folder of this machine that holds the lock files.
        options: what the object storage's client has to know, such as an endpoint.
    """

    folder: Path | None
    address: str
    locks: Path
    options: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def __str__(self) -> str:
        """Returns the address, for a sentence."""
        return self.address


def located(
    where: Path | str | None = None, *, options: Mapping[str, str] | None = None
) -> Location:
    """Returns the location of a memory.

    Args:
        where: a folder, or an address such as "s3://bucket/memory"; the person's data folder for
            Playground by default.
        options: for object storage, as the `object_store` library names them.
    """
    if isinstance(where, str) and "://" in where and not where.startswith("file://"):
        name = digest_of(where)[:16]
        locks = user_cache_path("playground") / "memory-locks" / name
        return Location(None, where.rstrip("/"), locks, options or {})
    folder = Path(str(where).removeprefix("file://")) if where else _default()
    return Location(folder, str(folder), folder)


def _default() -> Path:
    return user_data_path("playground") / "memory"
