from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from surface_stage import FakeChange, World, words

from playground.surfaces.interactive.lines import completer_for, history_in
from playground.surfaces.interactive.session import Session
from playground.surfaces.stage import Stage
from playground.surfaces.terminal import main

NEW_FILE = "FILE: greet.py\n```python\ndef greet() -> str:\n    return 'hello'\n```\n"


class Said:
    """Lines as a person would type them; an exception class stands for a key."""

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self.left = list(lines)

    def next(self) -> str | None:
        if not self.left:
            return None
        line = self.left.pop(0)
        if isinstance(line, str):
            return line
        raise line


def sitting(world: World, *lines: str | type[BaseException], typed: str = "") -> Stage:
    stage = world.stage(typed)
    with world.open(project=world.root, deciding=True) as app:
        Session(app, stage=stage, root=world.root).talk(Said(*lines))
    return stage


def test_words_are_a_request(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    world.answer = lambda _request: NEW_FILE
    sitting(world, "write a greeting", typed="a\n")
    assert "hello" in world.text("greet.py")


def test_help_lists_every_slash_command(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    sitting(world, "/help")
    for name in ("/help", "/review", "/improve", "/stats", "/memory", "/config", "/engine"):
        assert f"  {name}" in words(world.out)


def test_improve_review_and_undo_work_inside(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n"})
    sitting(world, "/improve", "/tasks", "/review", "/stats", typed="s\na\n")
    assert world.text("a.py") == "x = 'GOOD'\n"
    assert "waits for you" in words(world.out)
    (run,) = world.journal.runs()
    sitting(world, f"/show {run.id}", f"/undo {run.id}", "/memory BAD", "/config model")
    assert world.text("a.py") == "x = 'BAD'\n"
    assert "user model.yaml:1" in words(world.out)


def test_ctrl_c_stops_the_work_and_not_the_session(tmp_path: Path) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    world = World(tmp_path, {"a.py": "x = 'BAD'\n"})
    world.gate.before_judge = interrupted
    sitting(world, KeyboardInterrupt, "/improve", "/tasks")
    assert words(world.err).count("Stopped; what was recorded is kept.") == 2
    assert "interrupted" in words(world.out)


def test_errors_are_told_and_the_session_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    sitting(world, "/fly", "/show", "/engine huge", "/improve 'x", "/improve none", "/help")
    told = words(world.err)
    for part in ("There is no /fly", "Give the ID", "choose one of: local, other", "quotes"):
        assert part in told
    assert "/quit" in words(world.out)


def test_quit_ends_at_once(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    sitting(world, "/quit", "/help")
    assert "/quit" not in words(world.out)


def test_the_engine_is_shown_and_changed(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    world.answer = lambda _request: NEW_FILE
    sitting(world, "/engine", "/engine other", "/engine", "write a greeting", typed="s\n")
    shown = " ".join(words(world.out).split())
    assert "local (in use) fake fake-1 closed 7 of 9 requests in this minute other fake" in shown
    assert "other (in use) fake fake-1" in shown
    (run,) = world.journal.runs()
    assert run.policy.engine == "other"


def test_the_toolbar_tells_the_engine_and_what_waits(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n"})
    main(["improve", "."], stage=world.stage())
    stage = world.stage("")
    with world.open(project=world.root, deciding=True) as app:
        session = Session(app, stage=stage, root=world.root)
        session.talk(Said("/engine other"))
    assert session.toolbar == " engine other · 1 proposal waiting · /help"


def test_input_is_rate_limited_and_limits_are_reloaded(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    world.manager.config.tools.input.requests_per_minute = 2
    world.manager.changes = [FakeChange(), FakeChange(applied=False, note="It needs a restart.")]
    sitting(world, "/help", "/help", "/help")
    told = words(world.err)
    assert "No more than 2 requests are allowed" in told
    assert "tools.input.chars_max: 500 is now 50 (from tools.yaml:3)" in told
    assert "It needs a restart." in told


def test_too_long_input_is_refused_and_control_characters_go(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    sitting(world, "x" * 501)
    assert world.journal.runs() == []
    sitting(world, "wri\x1bte")
    (run,) = world.journal.runs()
    assert "\x1b" not in run.task.goal


def test_a_pipe_is_read_line_by_line_and_nothing_is_decided(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    world.answer = lambda _request: NEW_FILE
    stage = world.stage()
    object.__setattr__(stage.screen.streams, "stdin", io.StringIO("write it\n\n/tasks"))
    assert main([], stage=stage) == 0
    assert world.opened[-1]["deciding"] is False
    assert not (world.root / "greet.py").exists()
    assert "waits for you" in world.out.getvalue()


def test_history_is_private_and_without_secrets(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"
    history = history_in(path)
    key = "sk-" + "abcd1234" * 6
    history.store_string(f"use {key} please")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key not in path.read_text(encoding="utf-8")


def test_an_unwritable_history_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, no folder", encoding="utf-8")
    history_in(tmp_path / "state" / "history").store_string("kept for this sitting")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/st", {"/stats"}),
        ("/improve pk", {"pkg"}),
        ("change pkg/m", {"mod.py"}),
        ("hello wor", set[str]()),
    ],
)
def test_commands_and_paths_are_completed(tmp_path: Path, typed: str, offered: set[str]) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "mod.py").write_text("", encoding="utf-8")
    completer = completer_for(("/stats", "/improve"), root=tmp_path)
    found = completer.get_completions(Document(typed, len(typed)), CompleteEvent())
    assert {completion.display_text.rstrip("/") for completion in found} == offered
