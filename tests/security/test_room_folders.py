"""Temporary folders: private while they are used, and removed by whoever comes after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playground.security.room.folders import temporary_folder

PREFIX = f"playground-trial-{os.getpid()}-"
"""This process's own: the sweeps of these tests in another one must not meet its folders."""
HELD = f"""
import sys
from playground.security.room.folders import temporary_folder
with temporary_folder({PREFIX!r}) as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""
SWEEPING = f"""
from pathlib import Path
from playground.security.room.folders import sweep
print("on it", flush=True)
while True:
    sweep(Path({tempfile.gettempdir()!r}), prefix={PREFIX!r})
"""


def held_by_a_process() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HELD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_private_and_gone_afterwards() -> None:
    with temporary_folder(PREFIX) as folder:
        assert folder.parent == Path(tempfile.gettempdir())
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
    assert not folder.exists()


def test_the_next_one_removes_what_a_killed_process_left_and_nothing_else() -> None:
    killed, left = held_by_a_process()
    living, kept = held_by_a_process()
    with killed, living:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert left.is_dir()
        with temporary_folder(PREFIX) as folder:
            assert not left.exists()
            assert kept.is_dir()
            assert folder.is_dir()
        assert living.stdin is not None
        living.stdin.close()
        assert living.wait() == os.EX_OK
    assert not kept.exists()


def test_a_sweep_at_any_moment_takes_nothing_that_is_used() -> None:
    with subprocess.Popen([sys.executable, "-c", SWEEPING], stdout=subprocess.PIPE) as sweeper:
        assert sweeper.stdout is not None
        sweeper.stdout.readline()
        try:
            for _ in range(400):
                with temporary_folder(PREFIX) as folder:
                    (folder / "file").write_text("x", encoding="utf-8")
        finally:
            sweeper.kill()
