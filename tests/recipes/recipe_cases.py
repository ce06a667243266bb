"""The cases of `tests/cases/recipes`: pairs to learn from, and places that change or do not."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, cast

import yaml

from playground.domain.findings import Span
from playground.domain.recipes.edits import Lesson

CASES = Path(__file__).parents[1] / "cases" / "recipes"


class Pair(TypedDict):
    before: str
    after: str


class Fit(TypedDict):
    at: list[int]
    before: str
    after: str | None


class Left(TypedDict):
    at: list[int]
    code: str


class Family(TypedDict):
    rule: str
    pairs: list[Pair]
    fits: list[Fit]
    leaves: list[Left]


def families() -> dict[str, Family]:
    """Returns every case by its name."""
    found = sorted(CASES.glob("*.yaml"))
    return {path.stem: cast("Family", yaml.safe_load(path.read_text("utf-8"))) for path in found}


def lessons(family: Family) -> list[Lesson]:
    """Returns the pairs as approved repairs in files of their own."""
    return [
        Lesson(
            f"run{number}",
            "/repo",
            f"pkg/m{number}.py",
            "ruff",
            family["rule"],
            pair["before"],
            pair["after"],
        )
        for number, pair in enumerate(family["pairs"])
    ]


def at(place: list[int]) -> Span:
    """Returns the span of a finding that begins at a place and has one character."""
    line, column = place
    return Span(line, column, line, column + 1)
