"""The room in places that lack something: a container's namespaces, a kernel's Landlock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import cast

import pytest
from room_world import EVERY, KERNEL, attack, world

from playground.security.process import Program, ToolCall, ToolStatus, run_tool
from playground.security.room.folders import locked_folder, sweep
from playground.security.room.layers import Layers
from playground.security.room.sealed import SealedRoom

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the room is made of Linux's parts")

OFFERED = frozenset(SealedRoom().layers().names) if sys.platform == "linux" else frozenset[str]()


def answered(folder: Path, *, without: str) -> dict[str, object]:
    """Attacks the room from inside such a place; returns what came of it."""
    code = (
        f"import sys; sys.path.append({str(Path(__file__).parent)!r});"
        "import room_world; room_world.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, ",".join(sorted(EVERY)), folder / "world", without],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return cast("dict[str, object]", json.loads(done.stdout))


@pytest.mark.parametrize("without", ["bubblewrap", "landlock"])
def test_what_is_left_holds(tmp_path: Path, without: str) -> None:
    answer = answered(tmp_path, without=without)
    expected = OFFERED - {without}
    if not {"bubblewrap", "landlock"} & expected:
        assert "No sealed room holds" in str(answer["refused"])
        return
    assert set(cast("list[str]", answer["layers"])) == expected
    found = cast("dict[str, str]", answer["found"])
    assert found.pop("be honest") == "worked"
    assert not [name for name, result in found.items() if result == "worked"]


def test_where_both_are_forbidden_nothing_is_started(tmp_path: Path) -> None:
    refused = str(answered(tmp_path, without="bubblewrap,landlock")["refused"])
    assert "No sealed room holds on this system" in refused
    assert "`room: open`" in refused
    assert "landlock: this kernel has none or has it switched off" in refused


@pytest.mark.slow
def test_the_whole_command_refuses_where_nothing_holds(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("import os\n")
    code = (
        f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import room_world;"
        "room_world.in_a_container(without=frozenset({'bubblewrap', 'landlock'}));"
        "from playground.__main__ import main; sys.exit(main())"
    )

    def check(*flags: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-c", code, *flags, "--set", "tools.analyzers=[ruff]", "check", "."]
        return subprocess.run(
            argv, cwd=tmp_path, capture_output=True, check=False, text=True, timeout=60
        )

    refused = check()
    assert refused.returncode == 3
    assert "`room: open`" in refused.stdout + refused.stderr
    assert "F401" not in refused.stdout
    accepted = check("--set", "tools.room=open")
    assert accepted.returncode == 1
    assert "F401" in accepted.stdout


@pytest.mark.parametrize("abi", [1, 2, 3, 4, 5, 6])
def test_an_older_landlock_is_enough(tmp_path: Path, abi: int) -> None:
    room = SealedRoom(only=KERNEL)
    with world(tmp_path / "world") as at:
        found, receipt = attack(room, at, private=True, abi=abi)
    assert found.pop("be honest") == "worked"
    assert not [name for name, result in found.items() if result == "worked"]
    past = [sentence for sentence in receipt.refused if "past Landlock" in sentence]
    assert len(past) == (abi >= 4) + (abi >= 6)


def test_threads_may_enter_side_by_side(tmp_path: Path) -> None:
    room = SealedRoom()
    call = ToolCall(Program.RUFF, ("--version",), tmp_path, 60.0)
    results: list[ToolStatus] = []
    threads = [
        threading.Thread(target=lambda: results.append(run_tool(call, room=room).status))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [ToolStatus.OK] * 6
    assert not list(tmp_path.iterdir())


def test_folders_that_killed_starts_left_behind_are_removed(tmp_path: Path) -> None:
    for name in ("room-killed", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    living, held = locked_folder(tmp_path, prefix="room-")
    call = ToolCall(Program.PYRIGHT, ("--version",), tmp_path, 60.0)
    assert run_tool(call, room=SealedRoom()).status is ToolStatus.OK
    assert {path.name for path in tmp_path.iterdir()} == {living.name, "other"}
    os.close(held)
    sweep(tmp_path, prefix="room-")
    assert {path.name for path in tmp_path.iterdir()} == {"other"}


def test_what_holds_is_enough_calls_filtered_and_files_shut() -> None:
    assert Layers(("landlock", "seccomp")).hold
    assert Layers(("bubblewrap", "seccomp")).hold
    assert not Layers(("bubblewrap", "landlock")).hold
