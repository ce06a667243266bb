"""Doctor shows the room at work, and says what to do where none holds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from surface_stage import World

from playground.security.room.sealed import SealedRoom
from playground.surfaces.reporting.rooms import room_lines
from playground.surfaces.terminal import main

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the room is made of Linux's parts")
SHOWN = (
    "refused to read a file outside (",
    "refused to write a file outside (",
    "refused to connect by TCP (",
    "refused to begin a process (",
    "refused to start another program (",
    "refused to signal the parent (",
    "refused to trace the parent (",
)


@LINUX
def test_each_refusal_is_shown(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    main(["doctor"], stage=world.stage())
    shown = world.out.getvalue()
    assert "seccomp hold; " in shown
    for sentence in SHOWN:
        assert f"ok       room: {sentence}" in shown


@LINUX
def test_a_layer_that_is_not_there_is_named() -> None:
    lines = list(room_lines(SealedRoom(only=frozenset({"landlock", "seccomp"}))))
    assert lines[0].text.startswith("landlock and seccomp hold; ")
    assert all(line.well for line in lines)
    assert lines[-1].text == "bubblewrap is not used (not wanted); the others hold without it"


def test_where_nothing_holds_doctor_says_the_setting() -> None:
    (line,) = room_lines(SealedRoom(only=frozenset({"seccomp"})))
    assert not line.well
    assert "`room: open`" in line.text
    assert "landlock: " in line.text


def test_an_open_room_is_the_persons_own_word(tmp_path: Path) -> None:
    world = World(tmp_path, {})
    world.manager.config.tools.room = "open"
    main(["doctor"], stage=world.stage())
    assert "ok       room: open, as your configuration says (tools.room)" in world.out.getvalue()
