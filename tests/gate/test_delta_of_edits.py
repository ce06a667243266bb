"""Edits of installed packages: what was there is never blamed on an edit, what is new always is."""

from __future__ import annotations

import random
import sysconfig
from functools import cache
from pathlib import Path

import pytest
from edit_kinds import PRESERVING
from edit_trials import KINDS, Trial, reformatting_trials, run_trials, sources

SOME = ("requests", "click", "pluggy")


@cache
def files(packages: tuple[str, ...]) -> dict[str, str]:
    folder = Path(sysconfig.get_paths()["purelib"])
    return sources(folder, packages=packages, lines_max=350) if packages else sources(folder)


def assert_right(trials: list[Trial], *, in_a_thousand: float = 0.0) -> None:
    """Fails when more findings are taken wrongly than so many of a thousand."""
    wrong = [
        f"{trial.name} {word} {f.rule}, line {f.span.start_line}: {f.message}"
        for trial in trials
        for word, found in (("blamed", trial.blamed), ("missed", trial.missed))
        for f in found
    ]
    allowed = sum(trial.compared for trial in trials) * in_a_thousand / 1000
    assert len(wrong) <= allowed, "\n".join(wrong[:20])


@pytest.mark.parametrize("seed", [1])
def test_a_few_edits_of_each_kind(seed: int, tmp_path: Path) -> None:
    rng = random.Random(f"{seed} of all kinds")
    trials = run_trials(KINDS, files(SOME), rng=rng, count=2, root=tmp_path)
    assert_right(trials)
    assert len(trials) > len(KINDS)
    assert sum(trial.compared for trial in trials) > 200


def test_another_layout_changes_nothing(tmp_path: Path) -> None:
    rng = random.Random(7)
    trials = reformatting_trials(files(SOME), rng=rng, count=5, root=tmp_path)
    assert_right(trials)
    assert sum(trial.compared for trial in trials) > 100


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_edits(kind: str, tmp_path: Path) -> None:
    rng = random.Random(f"many {kind}")
    count = 250 if kind in PRESERVING else 150
    trials = run_trials([kind], files(()), rng=rng, count=count, root=tmp_path)
    # Twins such as overloads that change places cannot be told apart by anything that is written.
    assert_right(trials, in_a_thousand=1.0)
    assert len(trials) > count / 2


@pytest.mark.slow
def test_many_layouts(tmp_path: Path) -> None:
    rng = random.Random(8)
    trials = reformatting_trials(files(()), rng=rng, count=400, root=tmp_path)
    assert_right(trials, in_a_thousand=1.0)
