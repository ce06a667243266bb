"""A process that builds recipes is killed: nothing it said is lost, nothing is half written."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kills import killed_building

KILLS = 30


@pytest.mark.slow
def test_killed_thirty_times_while_it_builds_recipes(tmp_path: Path) -> None:
    done = killed_building(tmp_path / "recipes", times=KILLS)
    assert len(done.kept) > done.kills == KILLS
    assert done.lost == set()
    assert done.torn == []
