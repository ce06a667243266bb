from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from surface_stage import World

from playground.surfaces.asking.looking import AWAY_S
from playground.surfaces.reporting.metrics import measured
from playground.surfaces.terminal import main

FILES = {f"f{number}.py": f"x{number} = 'BAD'\n" for number in range(4)}
LINE = re.compile(r'[a-z_]+\{([a-z]+="(\\.|[^"\\])*",?)+\} -?\d+(\.\d+)?')


def run(world: World, *argv: str, typed: str | None = None) -> str:
    main(list(argv), stage=world.stage(typed, columns=100))
    return world.out.getvalue()


def world_with_a_campaign(folder: Path) -> World:
    world = World(folder, {**FILES, "w.py": "y = 'WORSE'\n"})
    world.answer = lambda _request: "```python\ny = 'GOOD'\n```"
    run(world, "campaign", "start")
    run(world, "campaign", "review", typed="r\nno\na\n")
    return world


def test_prometheus_text(tmp_path: Path) -> None:
    text = run(world_with_a_campaign(tmp_path), "metrics")
    lines = text.splitlines()
    assert text.endswith("\n")
    for line in lines:
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line), line
    assert 'playground_runs{rule="X001",state="applied"} 4' in lines
    assert 'playground_runs{rule="X002",state="rejected"} 1' in lines
    assert 'playground_proposals_total{rule="X001"} 4' in lines
    assert any(
        re.match(r'playground_tokens_total\{rule="X002",kind="prompt"\} [1-9]', x) for x in lines
    )
    assert any(x.startswith("playground_campaign_items{") and x.endswith(" 5") for x in lines)
    assert len(lines) == len(set(lines))


def test_one_object_a_finding_and_a_campaign(tmp_path: Path) -> None:
    text = run(world_with_a_campaign(tmp_path), "metrics", "--format", "json")
    *runs, campaign = [json.loads(line) for line in text.splitlines()]
    assert [line["adopted"] for line in runs].count(True) == 4
    rejected = next(line for line in runs if line["adopted"] is False)
    assert (rejected["rule"], rejected["path"], rejected["proposals"]) == ("X002", "w.py", 1)
    assert rejected["tokens"]["prompt"] > 0
    assert rejected["reviewer_seconds"] >= 0
    assert campaign["type"] == "campaign"
    assert campaign["spent"]["tokens"] == sum(
        line["tokens"]["prompt"] + line["tokens"]["completion"] for line in runs
    )


@pytest.mark.parametrize(
    ("argv", "typed"), [(("improve", "w.py"), "a\n"), (("improve", "w.py"), "r\nno\n")]
)
def test_the_time_of_a_look_is_recorded_with_the_decision(
    tmp_path: Path, argv: tuple[str, ...], typed: str
) -> None:
    world = World(tmp_path, {"w.py": "y = 'WORSE'\n"})
    world.answer = lambda _request: "```python\ny = 'GOOD'\n```"
    run(world, *argv, typed=typed)
    (found,), _ = measured(world.journal, root="")
    assert 0 < found.reviewer_s < AWAY_S


def test_an_approval_by_its_id_is_timed_too(tmp_path: Path) -> None:
    world = World(tmp_path, {"w.py": "y = 'WORSE'\n"})
    world.answer = lambda _request: "```python\ny = 'GOOD'\n```"
    run(world, "improve", "w.py", typed="s\n")
    (waiting,) = world.journal.runs()
    run(world, "approve", waiting.id, typed="y\n")
    (found,), _ = measured(world.journal, root="")
    assert found.state == "applied"
    assert found.reviewer_s > 0


def test_without_runs_there_is_nothing_to_say(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "metrics") == ""
    assert run(world, "metrics", "--all", "--format", "json") == ""
