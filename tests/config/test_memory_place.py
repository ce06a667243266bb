"""Where the memory lies: the person's own configuration says it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from playground.config.schema import MemorySettings
from playground.config.tightening import TIGHTENABLE

FOLDER = Path("/data")


def _settings(place: str) -> MemorySettings:
    return MemorySettings.model_validate(
        {"enabled": True, "examples": 2, "untrusted": (), "place": place, "embedder": ""}
    )


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("", FOLDER / "memory"),
        ("/srv/memory", Path("/srv/memory")),
        ("s3://bucket/memory", "s3://bucket/memory"),
    ],
)
def test_a_place_is_a_folder_or_an_address(place: str, where: object) -> None:
    assert _settings(place).within(FOLDER) == where


def test_a_home_is_found() -> None:
    assert _settings("~/memory").within(FOLDER) == Path("~/memory").expanduser()


@pytest.mark.parametrize("place", ["memory", "../memory", "s3://", "S3://x", "/a\nb"])
def test_anything_else_is_refused(place: str) -> None:
    with pytest.raises(ValidationError):
        _settings(place)


def test_no_repository_says_where_the_memory_lies() -> None:
    assert ("tools", "memory", "place") not in TIGHTENABLE
    assert ("tools", "memory", "embedder") not in TIGHTENABLE
