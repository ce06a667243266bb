"""Real processes that die: the kernel tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playground.journal.presence import LockedPresence

SLEEPER = """
import sys, time
from pathlib import Path
from playground.journal.presence import LockedPresence

me = LockedPresence(Path(sys.argv[1]))
print(me.id, flush=True)
time.sleep(60)
"""


def test_a_killed_process_is_known_to_be_gone_at_once(tmp_path: Path) -> None:
    me = LockedPresence(tmp_path)
    command = [sys.executable, "-c", SLEEPER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        other = process.stdout.readline().strip()
        assert me.gone([other]) == frozenset()
        process.kill()
        process.wait()
        assert me.gone([other, me.id]) == frozenset({other})
    me.close()


def test_nothing_is_known_of_workers_elsewhere(tmp_path: Path) -> None:
    me = LockedPresence(tmp_path / "here")
    there = LockedPresence(tmp_path / "there")
    assert me.gone([there.id, "../there/x", "no-such"]) == frozenset()
    there.close()
    me.close()
    assert list((tmp_path / "here").iterdir()) == []
