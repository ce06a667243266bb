"""The command `check`: exit codes, formats, baselines and revisions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from surface_stage import World, words

from playground.domain.verdicts import CheckStatus
from playground.surfaces.terminal import main

FLAWED = {"a.py": "x = 'BAD'\n"}


def run(world: World, *argv: str, typed: str | None = None, columns: int = 80) -> int:
    return main(["check", *argv], stage=world.stage(typed, columns=columns))


def lines(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in world.out.getvalue().splitlines()]


def test_a_terminal_gets_findings_by_file(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\ny = 'WORSE'\n", "pkg/b.py": "z = 'BAD'\n"})
    assert run(world, ".", typed="", columns=40) == 1
    assert [line.rstrip() for line in words(world.out).splitlines()] == [
        "a.py",
        "  1:6 X001 BAD is no good",
        "  2:6 X002 WORSE is no good",
        "pkg/b.py",
        "  1:6 X001 BAD is no good",
    ]


def test_narrow_terminals_fold_messages_and_lose_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, ".", typed="", columns=20) == 1
    shown = words(world.out)
    assert max(map(len, shown.splitlines())) <= 20
    assert "BAD is no good" in " ".join(shown.split())


def test_sarif_is_one_log(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, ".", "--format", "sarif") == 1
    log = json.loads(world.out.getvalue())
    (found,) = log["runs"][0]["results"]
    assert found["ruleId"] == "X001"
    assert "baselineState" not in found
    world.gate.status = CheckStatus.CRASHED
    assert run(world, ".", "--format", "sarif") == 1
    log = json.loads(world.out.getvalue())
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_a_baseline_leaves_only_what_is_new(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, ".", "--write-baseline", "known.json") == 0
    assert "Wrote known.json with 1 finding" in world.err.getvalue()
    assert run(world, ".", "--baseline", "known.json") == 0
    assert world.out.getvalue() == ""
    (world.root / "b.py").write_text("y = 'WORSE'\n")
    assert run(world, ".", "--baseline", "known.json") == 1
    assert world.out.getvalue() == "b.py:1:6: X002 WORSE is no good\n"
    assert "1 new finding in 2 files, 1 known, 0 gone" in world.err.getvalue()


def test_lines_and_sarif_tell_states(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\ny = 'WORSE'\n"})
    run(world, ".", "--write-baseline", "known.json")
    (world.root / "a.py").write_text("x = 'BAD'\nz = 'BAD'\n")
    assert run(world, ".", "--baseline", "known.json", "--format", "json") == 1
    known, new, gone, summary = lines(world)
    assert (known["state"], new["state"]) == ("unchanged", "new")
    assert (gone["type"], gone["rule"]) == ("absent", "X002")
    assert [summary[k] for k in ("findings", "new", "unchanged", "absent")] == [2, 1, 1, 1]
    run(world, ".", "--baseline", "known.json", "--format", "sarif")
    results = json.loads(world.out.getvalue())["runs"][0]["results"]
    assert [r["baselineState"] for r in results] == ["unchanged", "new", "absent"]


def test_without_a_comparison_there_are_no_states(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    run(world, ".", "--format", "json")
    finding, summary = lines(world)
    assert finding["state"] is None
    assert (summary["new"], summary["against"]) == (None, None)


def test_a_baseline_of_a_part_keeps_the_rest(tmp_path: Path) -> None:
    world = World(tmp_path, {"one/a.py": "x = 'BAD'\n", "two/b.py": "y = 'BAD'\n"})
    run(world, ".", "--write-baseline", "known.json")
    (world.root / "one/a.py").write_text("x = 'GOOD'\n")
    assert run(world, "one", "--write-baseline", "known.json") == 0
    found = json.loads((world.root / "known.json").read_text())["findings"]
    assert [item["path"] for item in found] == ["two/b.py"]
    assert run(world, "two", "--baseline", "known.json") == 0


def test_an_analyzers_silence_makes_no_baseline(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    world.gate.status = CheckStatus.TIMEOUT
    assert run(world, ".", "--write-baseline", "known.json") == 3
    assert not (world.root / "known.json").exists()


def test_a_baseline_never_takes_the_place_of_a_source(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, ".", "--write-baseline", "a.py") == 2
    assert world.text("a.py") == FLAWED["a.py"]


@pytest.mark.parametrize(
    "argv",
    [
        [".", "--baseline", "missing.json"],
        [".", "--baseline", "a.py"],
        [".", "--baseline", "a.json", "--since", "HEAD"],
        [".", "--write-baseline", "b.json", "--rule", "X001"],
        [".", "--write-baseline", "b.json", "--since", "HEAD"],
        ["a.py:1", "--write-baseline", "b.json"],
    ],
)
def test_what_does_not_go_together_is_bad_usage(tmp_path: Path, argv: list[str]) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, *argv) == 2
    assert world.gate.surveys == []


def test_only_what_is_new_since_a_revision_counts(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\ny = 'WORSE'\n"})
    assert run(world, ".", "--since", "abc") == 1
    assert world.out.getvalue() == "a.py:2:6: X002 WORSE is no good\n"
    assert "against the revision abc" in world.err.getvalue()
    assert run(world, "a.py:1", "--since", "abc", "--format", "json") == 0
    assert [line["type"] for line in lines(world)] == ["absent", "summary"]
    (world.root / "a.py").write_text("x = 'BAD'\n")
    assert run(world, ".", "--since", "abc") == 0
    world.gate.uncompared = ("a.py",)
    assert run(world, ".", "--since", "abc") == 1
    assert "Nothing was looked at in a.py." in world.err.getvalue()


def test_a_named_file_that_was_not_read_is_no_success(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 1\n"})
    world.gate.skipped = (("b.py", "is not UTF-8 text"),)
    assert run(world, "b.py") == 1
    assert "Nothing was looked at in b.py." in world.err.getvalue()
    assert run(world, ".") == 0
    assert "Not read: b.py (is not UTF-8 text)" in world.err.getvalue()


def test_of_very_many_files_that_were_not_read_the_first_are_named(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 1\n"})
    world.gate.skipped = tuple((f"{number}.py", "is a link") for number in range(1_022))
    assert run(world, ".") == 0
    said = world.err.getvalue()
    assert said.count("Not read: ") == 21
    assert "Not read: 1,002 more files; --format json names them all" in said


def test_improving_a_named_file_that_was_not_read_is_no_success_either(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 1\n"})
    world.gate.skipped = (("b.py", "is not UTF-8 text"),)
    assert main(["improve", "b.py", "--apply", "never"], stage=world.stage()) == 1
    assert "Nothing was looked at in b.py." in world.err.getvalue()
    assert main(["improve", ".", "--apply", "never"], stage=world.stage()) == 0
