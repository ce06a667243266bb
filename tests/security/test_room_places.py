"""The room in places that lack something: a container's namespaces, a kernel's Landlock."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from room_world import EVERY

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
