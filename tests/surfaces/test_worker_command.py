from __future__ import annotations

from pathlib import Path

import pytest
from surface_stage import World, words

from playground.queues.places import Place
from playground.surfaces.terminal import main

FILES = {"a.py": "x = 'BAD'\n", "b.py": "y = 'BAD'\n"}


def run(world: World, *argv: str) -> int:
    return main(argv, stage=world.stage())


def test_a_campaign_is_handed_out_where_that_is_asked_for(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "campaign", "start", "--workers") == 0
    assert world.crew.handed == 1
    assert "Nobody takes them." in words(world.err)
    assert "2 proposals waiting for you" in words(world.err)
    assert run(world, "campaign", "start") == 0
    assert world.crew.handed == 1


def test_where_nothing_can_be_handed_out_no_campaign_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, FILES)
    world.crew.missing = "The journal lies in no database."
    assert run(world, "campaign", "start", "--workers") == 2
    assert "no database" in capsys.readouterr().err
    assert world.journal.campaigns() == []


def test_a_worker_may_not_decide(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "worker") == 0
    assert [opened["deciding"] for opened in world.opened] == [False]


def test_a_worker_is_told_where_it_works_and_how(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    argv = ("worker", ".", "--root", "/home/ada/repo", "--parallel", "5", "--silent-max", "60")
    assert run(world, *argv) == 0
    (shift,) = world.crew.shifts
    assert shift.place == Place(Path("/home/ada/repo"), world.root)
    assert (shift.parallel, shift.silent_max_s) == (5, 60.0)
    assert run(world, "worker") == 0
    shift = world.crew.shifts[-1]
    assert shift.place == Place(world.root, world.root)
    assert (shift.parallel, shift.silent_max_s) == (2, 30.0)


def test_a_worker_tells_what_becomes_of_its_runs(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    run(world, "campaign", "start")
    world.crew.runs = world.journal.runs()
    run(world, "worker")
    assert "X001 a.py:1: proposed" in words(world.err)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--root", "repo"), "no absolute path"),
        (("nowhere",), "is no folder"),
        (("--parallel", "0"), "no number from 1 to 256"),
        (("--parallel", "x"), "no number from 1 to 256"),
        (("--silent-max", "1"), "seconds from 2 to 3600"),
        (("--silent-max", "nan"), "seconds from 2 to 3600"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str
) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "worker", *argv) == 2
    assert said in words(world.err) + capsys.readouterr().err
    assert world.crew.shifts == []
