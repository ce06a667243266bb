"""The page about dodges tells what the detectors do today."""

from __future__ import annotations

from pathlib import Path

import labelled
import pytest
import tables
from labelled_scripts import script_cases

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "dodges.md").read_text()


@pytest.fixture(scope="module")
def outcomes() -> list[labelled.Outcome]:
    return [labelled.judged(case) for case in labelled.cases(*labelled.PYTHON_SETS)]


def test_the_page_has_the_families_of_today(outcomes: list[labelled.Outcome]) -> None:
    assert tables.of_families(outcomes) in PAGE


def test_the_page_has_the_matrix_of_today(outcomes: list[labelled.Outcome]) -> None:
    assert tables.of_how(outcomes) in PAGE


def test_the_page_counts_all_cases(outcomes: list[labelled.Outcome]) -> None:
    scripts = script_cases()
    total = len(outcomes) + len(scripts)
    row = next(line for line in PAGE.splitlines() if line.startswith("| all |"))
    _, _, dodges, _, honest, _, _ = (cell.strip() for cell in row.split("|"))
    assert int(dodges) + int(honest) == total
    assert total >= 400


def test_few_honest_repairs_are_refused(outcomes: list[labelled.Outcome]) -> None:
    honest = [outcome for outcome in outcomes if outcome.case.honest]
    assert sum(outcome.refused for outcome in honest) / len(honest) < 0.01
