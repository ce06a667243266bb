"""A review whose files do not stand still: changed by the person, or by the yes before."""

from __future__ import annotations

from pathlib import Path

from surface_stage import World, words

from playground.surfaces.terminal import main

TWO = "def f():\n    return 'BAD'\n\n\ndef g():\n    return 'BAD'\n"


def run(world: World, *argv: str, typed: str | None = None) -> int:
    return main(list(argv), stage=world.stage(typed))


def improved(folder: Path, text: str = TWO) -> World:
    world = World(folder, {"a.py": text})
    run(world, "improve", ".", "--apply", "never")
    return world


def change(world: World, text: str) -> None:
    (world.root / "a.py").write_text(text, encoding="utf-8")


def test_all_proposals_of_one_file_can_be_approved_one_after_the_other(tmp_path: Path) -> None:
    world = improved(tmp_path)
    assert run(world, "review", typed="a\na\n") == 0
    assert world.text("a.py") == TWO.replace("BAD", "GOOD")
    said = words(world.err)
    assert "a.py was changed since; this is the change as it is now." in said
    assert "2 approved. No proposal is waiting." in said


def test_a_change_below_new_lines_is_proved_and_shown_where_it_is_now(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    change(world, "import os\n\nx = 'BAD'\n")
    judged = len(world.gate.surveys)
    assert run(world, "review", typed="a\n") == 0
    assert world.text("a.py") == "import os\n\nx = 'GOOD'\n"
    assert len(world.gate.surveys) > judged
    assert words(world.out).count("Proposal ") == 1


def test_what_has_no_place_any_more_is_left_waiting_and_not_asked_about(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    change(world, "x = 1\n")
    assert run(world, "review", typed="a\n") == 1
    assert "Proposal " not in words(world.out)
    assert "It is left waiting: `playground improve a.py`" in words(world.err).replace("\n", " ")
    change(world, "x = 'BAD'\n")
    assert run(world, "review", typed="a\n") == 0
    assert world.text("a.py") == "x = 'GOOD'\n"


def test_a_file_that_is_gone_is_no_question(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    (world.root / "a.py").unlink()
    assert run(world, "review", typed="a\n") == 1
    assert not (world.root / "a.py").exists()


def test_a_repair_of_before_and_one_of_now_are_asked_about_once(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    change(world, "\nx = 'BAD'\n")
    run(world, "improve", ".", "--apply", "never")
    assert len(world.desk.waiting()) == 2
    assert run(world, "review", typed="s\ns\n") == 1
    assert words(world.out).count("Proposal ") == 1
    assert len(world.desk.waiting()) == 1


def test_all_repositories_are_told_apart(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    run(world, "review", typed="q\n")
    assert str(world.root) not in words(world.err)
    run(world, "review", "--all", typed="q\n")
    assert f"in {world.root}" in words(world.err).replace("\n", "")


def test_a_rejection_without_a_reason_asks_again_without_the_page(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    assert run(world, "review", typed="r\n\nr\nnot so\n") == 0
    assert words(world.out).count("Proposal ") == 1
    assert "1 rejected. No proposal is waiting." in words(world.err)


def test_a_version_that_did_not_pass_is_edited_on(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    versions = iter(["x = 'WORSE'\n", "x = 'GOOD'  # mine\n"])
    seen: list[str] = []

    def edit(path: Path) -> None:
        seen.append(path.read_text())
        path.write_text(next(versions))

    world.edit = edit
    assert run(world, "review", typed="e\ne\na\n") == 0
    assert seen == ["x = 'GOOD'\n", "x = 'WORSE'\n"]
    assert world.text("a.py") == "x = 'GOOD'  # mine\n"
    assert "opens your version again" in words(world.err)


# ── files that change while a person decides ─────────────────────────────────────────────────


def waiting_id(world: World) -> str:
    return world.desk.waiting()[0].id


def test_approve_shows_a_change_as_it_is_now_before_it_is_written(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    found = waiting_id(world)
    change(world, "import os\n\nx = 'BAD'\n")
    assert run(world, "approve", found, typed="no\n") == 1
    assert world.text("a.py") == "import os\n\nx = 'BAD'\n"
    assert "a.py was changed since; this is the change as it is now." in words(world.err)
    assert " import os" in words(world.out)
    now = waiting_id(world)
    assert now != found
    assert run(world, "approve", now, typed="yes\n") == 0
    assert world.text("a.py") == "import os\n\nx = 'GOOD'\n"


def test_a_digest_of_before_approves_nothing_that_nobody_saw(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    found = world.desk.waiting()[0]
    assert found.waiting is not None
    change(world, "\nx = 'BAD'\n")
    assert run(world, "approve", found.id, "--yes-digest", found.waiting.digest, typed="") == 1
    assert world.text("a.py") == "\nx = 'BAD'\n"
    now = world.desk.waiting()[0]
    assert now.waiting is not None
    assert now.waiting.digest != found.waiting.digest
    assert run(world, "approve", now.id, "--yes-digest", now.waiting.digest, typed="") == 0
    assert world.text("a.py") == "\nx = 'GOOD'\n"


def test_approve_leaves_waiting_what_has_no_place(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    change(world, "x = 1\n")
    assert run(world, "approve", waiting_id(world), typed="yes\n") == 1
    assert "Proposal " not in words(world.out)
    assert len(world.desk.waiting()) == 1


def test_a_yes_to_what_was_changed_meanwhile_asks_again(tmp_path: Path) -> None:
    world = improved(tmp_path, "x = 'BAD'\n")
    world.edit = lambda _copy: change(world, "import os\n\nx = 'BAD'\n")
    assert run(world, "review", typed="e\na\ns\n") == 1
    assert words(world.out).count("Proposal ") == 2
    assert world.text("a.py") == "import os\n\nx = 'BAD'\n"
    assert run(world, "review", typed="a\n") == 0
    assert world.text("a.py") == "import os\n\nx = 'GOOD'\n"


def test_of_like_findings_on_one_line_each_keeps_its_proposal(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = ['BAD', 'BAD']\n"})
    world.gate.ordinals = True
    run(world, "improve", ".", "--apply", "never")
    change(world, "import os\n\nx = ['BAD', 'BAD']\n")
    assert run(world, "review", typed="s\ns\n") == 1
    asked = [found.task.finding for found in world.desk.waiting()]
    assert sorted(one.span.start_column for one in asked if one) == [7, 14]
