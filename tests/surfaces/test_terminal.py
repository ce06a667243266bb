from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from surface_stage import World

from playground import __version__
from playground.domain.errors import BadInput, Busy, Conflict, PlaygroundError, Stale, Unavailable
from playground.plugins import adapters
from playground.surfaces.terminal import main

HEAVY = ("pydantic", "rich", "lancedb", "openai", "prompt_toolkit", "yaml", "numpy", "pyarrow")


def playground(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "playground", *argv],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def imported(done: subprocess.CompletedProcess[str]) -> set[str]:
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("argv", [["--help"], ["--version"], []])
def test_help_imports_nothing_heavy(tmp_path: Path, argv: list[str]) -> None:
    done = playground(*(argv or ["--set"]), cwd=tmp_path)
    assert done.returncode == (0 if argv else 2)
    assert "argparse" in imported(done)
    assert not imported(done) & set(HEAVY)


def test_help_lists_every_command(tmp_path: Path) -> None:
    done = playground("--help", cwd=tmp_path)
    known = adapters("playground.surfaces.commands")
    documented = (
        "improve generate check review approve reject undo show memory stats audit doctor model "
        "config recipe dataset campaign metrics worker journal"
    )
    assert sorted(known) == sorted(documented.split())
    for name in known:
        assert f"\n    {name} " in done.stdout


@pytest.mark.parametrize("name", sorted(adapters("playground.surfaces.commands")))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: playground {name}")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"playground {__version__}\n"


@pytest.mark.parametrize(
    "argv", [["fly"], ["improve"], ["improve", "x", "--max", "0"], ["improve", "x", "--wings"]]
)
def test_bad_usage_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert capsys.readouterr().err.startswith("usage: playground")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("Correct it."), 2),
        (Unavailable("Start it."), 3),
        (Stale("Look again."), 1),
        (Conflict("Reload."), 3),
        (Busy("Wait.", retry_after_s=1), 3),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 1),
    ],
)
def test_every_error_is_one_sentence_and_a_code(
    tmp_path: Path, error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n"})

    def fail(**_given: object) -> None:
        raise error

    stage = world.stage()
    object.__setattr__(stage, "opener", fail)
    assert main(["stats"], stage=stage) == code
    err = capsys.readouterr().err
    assert "Traceback" not in err
    if isinstance(error, PlaygroundError):
        assert err == f"playground: {error}\n"


def test_a_message_cannot_write_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, {})
    main(["improve", "no\x1b[31m\u202efile"], stage=world.stage())
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err


@pytest.mark.parametrize("command", [["stats"], ["campaign", "status"], ["campaign", "plan"]])
def test_flags_are_taken_before_and_after_the_command(tmp_path: Path, command: list[str]) -> None:
    world = World(tmp_path, {})
    argv = ["--set=cycles.samples=1", *command, "--set", "cycles.attempts_max=2"]
    main(argv, stage=world.stage())
    assert world.opened[-1]["flags"] == ("cycles.samples=1", "cycles.attempts_max=2")


@pytest.mark.parametrize("argv", [["--set"], ["stats", "--set"], ["campaign", "status", "--set"]])
def test_a_flag_without_its_value_is_bad_usage(tmp_path: Path, argv: list[str]) -> None:
    assert main(argv, stage=World(tmp_path, {}).stage()) == 2


def test_a_closed_pipe_is_silent(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.py": "x = 'BAD'\n"})
    reader, writer = os.pipe()
    os.close(reader)
    stage = world.stage()
    with os.fdopen(writer, "w") as closed:
        object.__setattr__(stage.screen.streams, "stdout", closed)
        argv = ["improve", ".", "--apply", "never", "--format", "json"]
        assert main(argv, stage=stage) == 1
        with pytest.raises(BrokenPipeError):
            closed.flush()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, writer)
        os.close(null)
