from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from surface_stage import World, words

from playground.domain.exchange import episode_line
from playground.domain.ports import HealthState
from playground.domain.verdicts import CheckStatus
from playground.surfaces.terminal import main

FLAWED = {"a.py": "x = 'BAD'\n"}


def run(world: World, *argv: str, typed: str | None = None) -> int:
    return main(list(argv), stage=world.stage(typed))


def waiting_id(world: World) -> str:
    run(world, "improve", ".", "--apply", "never")
    (found,) = world.desk.waiting()
    return found.id


# ── generate ─────────────────────────────────────────────────────────────────────────────────

NEW_FILE = "FILE: greet.py\n```python\ndef greet() -> str:\n    return 'hello'\n```\n"


def test_a_request_makes_a_new_file_after_a_yes(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    world.answer = lambda _request: NEW_FILE
    assert run(world, "generate", "write a greeting", typed="a\n") == 0
    assert world.text("greet.py") == "def greet() -> str:\n    return 'hello'\n"
    assert "new file" in words(world.out)


def test_a_piped_request_only_proposes(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    world.answer = lambda _request: NEW_FILE
    assert run(world, "generate", "write a greeting") == 0
    assert not (world.root / "greet.py").exists()
    assert "Nothing was written" in world.err.getvalue()


def test_named_files_are_below_the_root(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    assert run(world, "generate", "change it", "--file", "../../etc/passwd.py") == 2
    assert run(world, "generate", "change it", "--file", ".") == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_empty_and_endless_requests_are_bad_usage(tmp_path: Path, text: str) -> None:
    assert run(World(tmp_path, {}), "generate", text) == 2


# ── check ────────────────────────────────────────────────────────────────────────────────────


def test_check_lists_findings(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, "check", ".") == 1
    assert world.out.getvalue() == "a.py:1:6: X001 BAD is no good\n"


def test_check_speaks_json(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, "check", ".", "--format", "json") == 1
    finding, summary = (json.loads(line) for line in world.out.getvalue().splitlines())
    assert (finding["rule"], finding["line"], finding["fixable"]) == ("X001", 1, True)
    assert (summary["type"], summary["findings"]) == ("summary", 1)


def test_check_of_clean_code_is_done_unless_an_analyzer_is_silent(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 1\n"})
    assert run(world, "check", ".") == 0
    world.gate.status = CheckStatus.CRASHED
    assert run(world, "check", ".") == 3


# ── review, approve, reject, undo ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "argv", [["review"], ["approve", "ID"], ["reject", "ID", "--reason", "no"]]
)
def test_nobody_decides_through_a_pipe(
    tmp_path: Path, argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, FLAWED)
    found = waiting_id(world)
    assert run(world, *[word.replace("ID", found) for word in argv]) == 1
    assert "needs a person on a terminal" in capsys.readouterr().err
    assert world.text("a.py") == FLAWED["a.py"]
    assert len(world.desk.waiting()) == 1


def test_review_walks_through_what_waits(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    waiting_id(world)
    assert run(world, "review", typed="s\n") == 1
    assert run(world, "review", typed="a\n") == 0
    assert world.text("a.py") == "x = 'GOOD'\n"
    assert run(world, "review", typed="") == 0


def test_approve_shows_the_change_and_asks(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    found = waiting_id(world)
    assert run(world, "approve", found, typed="no\n") == 1
    assert world.text("a.py") == FLAWED["a.py"]
    assert run(world, "approve", found[:6], typed="yes\n") == 0
    assert "+x = 'GOOD'" in words(world.out)
    assert world.text("a.py") == "x = 'GOOD'\n"


@pytest.mark.parametrize("digits", [4, 64])
def test_approve_by_digest_needs_the_right_one(tmp_path: Path, digits: int) -> None:
    world = World(tmp_path, FLAWED)
    found = waiting_id(world)
    proposal = world.desk.load(found).waiting
    assert proposal is not None
    assert run(world, "approve", found, "--yes-digest", "0" * digits, typed="") in {1, 2}
    assert world.text("a.py") == FLAWED["a.py"]
    assert run(world, "approve", found, "--yes-digest", proposal.digest[:8], typed="") == 0
    assert world.text("a.py") == "x = 'GOOD'\n"


def test_reject_takes_the_reason_from_the_command(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    found = waiting_id(world)
    assert run(world, "reject", found, "--reason", "too clever", typed="") == 0
    assert world.memory.all()[0].reason == "too clever"
    assert run(world, "reject", found, "--reason", "again", typed="") == 1


def test_undo_restores_and_says_when_nothing_is_applied(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    run(world, "improve", ".", typed="a\n")
    (found,) = world.journal.runs()
    assert run(world, "undo", found.id, typed="") == 0
    assert world.text("a.py") == FLAWED["a.py"]
    assert run(world, "undo", found.id, typed="") == 1


def test_undo_never_overwrites_later_work(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    run(world, "improve", ".", typed="a\n")
    (found,) = world.journal.runs()
    (world.root / "a.py").write_text("x = 'GOOD'  # and mine\n", encoding="utf-8")
    assert run(world, "undo", found.id, typed="") == 1
    assert world.text("a.py") == "x = 'GOOD'  # and mine\n"


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def test_show_tells_every_step_and_the_change(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    run(world, "improve", ".", typed="a\n")
    (found,) = world.journal.runs()
    assert run(world, "show", found.id[:5]) == 0
    shown = world.out.getvalue()
    for part in ("Opened: X001", "The gate judged", "ada approved it", "Written: a.py"):
        assert part in shown
    assert "-x = 'BAD'\n+x = 'GOOD'\n" in shown
    assert run(world, "show", "nothing") == 2


def test_show_of_a_run_without_a_proposal_shows_its_last_candidate(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'WORSE'\n"})
    world.answer = lambda _request: "x = ['WORSE']\n"
    run(world, "improve", ".", "--apply", "never")
    (found,) = world.journal.runs()
    run(world, "show", found.id)
    assert "which was not proposed" in world.out.getvalue()
    assert "+x = ['WORSE']" in world.out.getvalue()


def test_show_all_shows_every_candidate_that_was_not_proposed(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'WORSE'\n"})
    answers = iter(["x = ['WORSE']\n", "x = ('WORSE')\n", "x = {'WORSE'}\n"])
    world.answer = lambda _request: next(answers, "x = 'WORSE'\n")
    run(world, "improve", ".", "--apply", "never")
    (found,) = world.journal.runs()
    run(world, "show", found.id, "--all")
    shown = world.out.getvalue()
    for candidate in found.candidates:
        assert f"Candidate {candidate.id}, which was not proposed" in shown
    assert len(found.candidates) > 1
    assert "+x = ['WORSE']" in shown


def test_stats_count_by_rule(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n\ny = 'BAD'\n\nz = 'WORSE'\n"})
    assert run(world, "stats") == 0
    assert "No run is recorded" in world.out.getvalue()
    run(world, "improve", ".", typed="a\nr\nno\n")
    run(world, "stats")
    rows = [line.split() for line in world.out.getvalue().splitlines()]
    assert rows[0][:6] == ["rule", "runs", "shown", "yes", "no", "gave"]
    assert ["X001", "2", "2", "1", "1", "0"] in [row[:6] for row in rows]
    assert ["X002", "1", "0", "0", "0", "1"] in [row[:6] for row in rows]


def test_memory_is_searched_shown_and_forgotten(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    assert run(world, "memory", "search", "flaw") == 1
    run(world, "improve", ".", typed="a\n")
    (found,) = world.journal.runs()
    assert run(world, "memory", "search", "BAD") == 0
    assert found.id in world.out.getvalue()
    narrowed = ("--outcome", "approved", "--language", "Python")
    assert run(world, "memory", "search", "BAD", *narrowed) == 0
    assert run(world, "memory", "search", "BAD", "--outcome", "approve") == 2
    assert run(world, "memory", "show", found.id) == 0
    assert "+x = 'GOOD'" in world.out.getvalue()
    assert run(world, "memory", "show") == 0
    assert run(world, "memory", "forget", found.id) == 0
    assert run(world, "memory", "forget", found.id) == 2
    assert world.memory.count() == 0
    assert run(world, "memory", "repair") == 0
    assert "Learned 7 episodes" in world.err.getvalue()


def _objects(world: World) -> list[dict[str, object]]:
    lines = world.out.getvalue().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_forgetting_is_recorded_and_names_the_proposals_that_were_shaped(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'WORSE'\n", "b.py": "x = 'WORSE'\n"})
    world.answer = lambda _request: "Change: say it\n\n```python\nx = 'GOOD'\n```\n"
    run(world, "improve", "a.py", typed="a\n")
    (first,) = world.journal.runs()
    world.memory.remember(replace(world.memory.all()[0], id="elsewhere"))
    run(world, "improve", "b.py", typed="a\n")
    second = world.journal.runs()[-1]
    assert run(world, "memory", "forget", first.id, "--format", "json") == 0
    said = _objects(world)[-1]
    assert said["id"] == first.id
    assert [one["run"] for one in cast("list[dict[str, str]]", said["shaped"])] == [second.id]
    assert said["taken_out_of"] == [second.id]
    assert world.journal.load(first.id).forgotten
    recalled = world.journal.load(second.id).recalled
    assert recalled is not None
    assert {one.episode.id: one.episode.before for one in recalled.recalled}[first.id] == ""
    assert run(world, "audit", "verify") == 0
    assert f"had episode {first.id} forgotten; 1 event lost its texts." in world.out.getvalue()
    assert run(world, "memory", "forget", "elsewhere") == 0
    assert {episode.id for episode in world.memory.all()} == {second.id}


def test_episodes_are_exported_and_imported_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, FLAWED)
    run(world, "improve", ".", typed="a\n")
    (found,) = world.journal.runs()
    assert run(world, "memory", "export") == 0
    file = tmp_path / "episodes.jsonl"
    (line,) = [text for text in world.out.getvalue().splitlines() if text.startswith("{")]
    file.write_text(f"{line}\n{line.replace(found.id, 'theirs')}\n\n")
    assert run(world, "memory", "import", str(file), "--format", "json") == 0
    assert _objects(world)[-1] == {"type": "imported", "episodes": 1, "known": 0, "own": 1}
    theirs = world.memory.get("theirs")
    assert theirs is not None
    assert not theirs.trusted
    assert run(world, "memory", "import", str(file)) == 0
    assert "Imported 0 episodes. Known already: 1." in world.err.getvalue()
    file.write_text(f"{line}\nno episode\n")
    assert run(world, "memory", "import", str(file)) == 2
    assert "Line 2 of" in capsys.readouterr().err
    assert run(world, "memory", "import", str(tmp_path / "none")) == 2


def test_an_import_chooses_no_repository_to_teach_in(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    run(world, "improve", ".", typed="a\n")
    (own,) = world.memory.all()
    theirs = replace(own, id="theirs", root="/home/ada/bank", trusted=True)
    file = tmp_path / "episodes.jsonl"
    file.write_text(episode_line(theirs))
    assert run(world, "memory", "import", str(file)) == 0
    assert world.memory.get("theirs") == replace(theirs, root=str(world.root), trusted=False)
    assert f"teach in {world.root} alone" in world.err.getvalue().replace("\n", " ")
    file.write_text(episode_line(replace(theirs, id="mine")))
    assert run(world, "memory", "import", "--trusted", str(file)) == 0
    assert world.memory.get("mine") == replace(theirs, id="mine")


def test_audit_tells_what_was_tampered_with(tmp_path: Path) -> None:
    world = World(tmp_path, FLAWED)
    run(world, "improve", ".", typed="a\n")
    assert run(world, "audit", "verify") == 0
    assert world.journal.verify().head in world.out.getvalue()


def test_a_moved_journal_is_said_with_what_to_set(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    assert run(world, "journal", "move", "--to", "file") == 0
    assert world.places.moved == ["file"]
    assert "3 events of 1 run are there, head hhh" in words(world.out)
    assert "set tools.journal.url to an empty text" in words(world.err)
    assert run(world, "journal", "move", "--to", "postgresql://me@db/x") == 0
    assert "set tools.journal.url to this URL" in words(world.err)
    assert run(world, "journal", "move") == 2
    assert run(world, "journal", "reopen") == 0
    assert "takes events here again" in words(world.err)
    assert run(world, "journal", "reopen") == 0
    assert "was not moved" in words(world.err)


def test_config_show_names_origins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path, {})
    assert run(world, "config", "show", "cycles") == 0
    assert "packaged cycles.yaml:4" in world.out.getvalue()
    assert "model.engine" not in world.out.getvalue()
    assert run(world, "config", "show", "nothing") == 2
    assert "no setting 'nothing'" in capsys.readouterr().err


def test_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    assert run(world, "doctor") == 3  # the planted fault is not one that the fake gate knows
    shown = world.out.getvalue()
    assert "problem  flaws: it does not find a planted fault" in shown
    assert "ok       engine local: fake, fake-1, ready, one token after 1.5 s, breaker" in shown
    assert "asked for local" in words(world.out)  # what an engine says of itself
    assert "7 of 9 requests in this minute" in shown
    assert "unused   engine other: fake, fake-1, not asked, because no run uses it" in shown
    assert world.engines.asked == ["local"]
    world.engines.state = HealthState.DOWN
    run(world, "doctor", "--engine", "other")
    assert "problem  engine other: fake, fake-1, down: asked for other" in world.out.getvalue()


def test_models_are_listed_pulled_and_verified(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    run(world, "model", "list")
    assert "tiny 1.12 GB Apache-2.0 not fetched" in " ".join(world.out.getvalue().split())
    assert run(world, "model", "verify", "tiny") == 3
    assert run(world, "model", "pull", "tiny", "--from", "here.gguf") == 0
    assert world.models.pulled == [("tiny", world.root / "here.gguf")]
    assert run(world, "model", "verify", "tiny") == 0
    assert run(world, "model", "pull", "huge") == 2
    assert run(world, "model", "pull") == 2  # the default engine embeds no model
