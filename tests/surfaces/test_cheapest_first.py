"""What costs nothing is worked on and asked about before a model is waited for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from surface_stage import World, words

from playground.domain.events import CandidateGenerated, RunEnded
from playground.domain.ports import GenerationRequest
from playground.domain.tasks import Source
from playground.surfaces.terminal import main

MIXED = {
    "a.py": "x = 'WORSE'\n",
    "b.py": "x = 'BAD'\n",
    "c.py": "x = 'WORSE'\n",
    "d.py": "x = 'BAD'\n",
}
GOOD = "Change: say it.\n\n```python\nx = 'GOOD'\n```\n"


def run(world: World, *argv: str, typed: str | None = None) -> int:
    return main(list(argv), stage=world.stage(typed))


def lines_of(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in world.out.getvalue().splitlines()]


def world_of(folder: Path, files: Mapping[str, str] = MIXED, useless: str = "") -> World:
    """Returns a world whose engine repairs all; the analyzer's own fix fails in one file."""
    world = World(folder, files)
    world.gate.useless = {useless}
    world.answer = lambda _request: GOOD
    return world


def paths_of(world: World) -> list[object]:
    return [line["path"] for line in lines_of(world)[:-1]]


HEADLESS = ("improve", ".", "--apply", "never", "--format", "json")


def test_fixes_at_hand_come_before_the_model_is_asked_anything(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    asked_after: list[int] = []

    def answer(_request: GenerationRequest) -> str:
        asked_after.append(sum(each.waiting is not None for each in world.journal.runs()))
        return GOOD

    world.answer = answer
    assert run(world, *HEADLESS) == 0
    assert paths_of(world) == ["b.py", "d.py", "a.py", "c.py"]
    assert asked_after == [2, 3]


def test_a_person_is_asked_in_the_same_order(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    assert run(world, "improve", ".", typed="a\na\na\na\n") == 0
    told = words(world.err)
    places = [told.index(f"X00{rule} {path}:1: proposed") for rule, path in _ASKED]
    assert places == sorted(places)


_ASKED = ((1, "b.py"), (1, "d.py"), (2, "a.py"), (2, "c.py"))


def test_the_order_is_the_same_whatever_the_analyzer_lists_first(tmp_path: Path) -> None:
    orders: list[list[object]] = []
    for number, files in enumerate((MIXED, dict(reversed(MIXED.items())))):
        (tmp_path / str(number)).mkdir()
        world = world_of(tmp_path / str(number), files)
        run(world, *HEADLESS)
        orders.append(paths_of(world))
    assert orders[0] == orders[1]


def test_a_fix_that_fails_waits_for_its_turn_with_the_model_in_the_same_run(
    tmp_path: Path,
) -> None:
    world = world_of(tmp_path, useless="b.py:1")
    run_ends: list[int] = []

    def answer(_request: GenerationRequest) -> str:
        ended = (each for each in world.journal.runs() if isinstance(each.last, RunEnded))
        run_ends.append(len(list(ended)))
        return GOOD

    world.answer = answer
    assert run(world, *HEADLESS) == 0
    assert paths_of(world) == ["d.py", "b.py", "a.py", "c.py"]
    assert run_ends == [0, 0, 0]  # nobody gave up meanwhile
    sources = {
        each.task.files[0].path: [
            event.source for event in each.events if isinstance(event, CandidateGenerated)
        ]
        for each in world.journal.runs()
    }
    assert len(world.journal.runs()) == 4
    assert sources["b.py"] == [Source.TOOL, Source.ENGINE]
    assert lines_of(world)[1]["attempts"] == 2


def test_labels_count_each_finding_once(tmp_path: Path) -> None:
    world = world_of(tmp_path, useless="b.py:1")
    run(world, "improve", ".")
    told = [line.partition("]")[0] for line in world.err.getvalue().splitlines() if "[" in line]
    assert told == ["[1/4", "[2/4", "[1/4", "[3/4", "[4/4"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_max_counts_a_finding_once_though_it_has_two_turns(tmp_path: Path, most: int) -> None:
    world = world_of(tmp_path, useless="b.py:1")
    assert run(world, *HEADLESS, "--max", str(most)) == 1
    assert sorted(map(str, paths_of(world))) == sorted(["b.py", "d.py", "a.py"][:most])
    assert lines_of(world)[-1]["not_tried"] == 4 - most
    assert len(world.journal.runs()) == most


def test_who_quits_leaves_the_first_turn_to_be_carried_on(tmp_path: Path) -> None:
    world = world_of(tmp_path, useless="b.py:1")
    assert run(world, "improve", ".", typed="q\n") == 1
    put_off = next(r for r in world.journal.runs() if r.task.files[0].path == "b.py")
    assert put_off.ended is None
    assert run(world, *HEADLESS) == 0
    carried_on = world.journal.load(put_off.id)
    assert carried_on.waiting is not None
    assert carried_on.events[: len(put_off.events)] == put_off.events
    assert sum(r.task.files[0].path == "b.py" for r in world.journal.runs()) == 1


def test_a_first_turn_in_a_file_that_is_changed_meanwhile_leaves_no_open_run(
    tmp_path: Path,
) -> None:
    world = world_of(tmp_path, {"a.py": "x = 'BAD'\n\ny = 'BAD'\n"}, useless="a.py:1")
    assert run(world, "improve", ".", typed="a\na\n") == 0
    assert world.text("a.py") == "x = 'GOOD'\n\ny = 'GOOD'\n"
    ends = [each.ended and each.ended.outcome for each in world.journal.runs()]
    assert ends == ["stale", "applied", "applied"]
    assert "2 findings, 2 proposed, 2 approved" in words(world.err)
