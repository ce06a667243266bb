"""The bait of sealed rooms: there while it is needed, and gone with its process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from playground.security.room.bait import Bait

ENDING = """
import atexit

def late():
    try:
        print(bait.planted())
    except OSError as error:
        print(error.strerror)

atexit.register(late)  # what is registered first is called last
from playground.security.room.bait import Bait
bait = Bait()
if {early}:
    bait.planted()
"""


@pytest.mark.parametrize("early", [True, False])
def test_nothing_is_planted_by_a_process_that_ends(tmp_path: Path, *, early: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(early=early)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout == "this process ends\n"
    assert list(tmp_path.iterdir()) == []


LEAVING = """
import threading
from playground.security.room.bait import Bait

def last():
    holder = [Bait()]
    folder = holder[0].planted().parent
    for number in range(4_000):
        (folder / str(number)).touch()
    going.set()
    holder.clear()

going = threading.Event()
threading.Thread(target=last, daemon=True).start()
going.wait()
"""


def test_a_process_that_ends_waits_for_the_thread_that_removes_it(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", LEAVING], env={**os.environ, "TMPDIR": str(tmp_path)}, check=True
    )
    assert list(tmp_path.iterdir()) == []


def test_it_is_planted_anew_where_somebody_removed_it() -> None:
    bait = Bait()
    first = bait.planted()
    assert first == bait.planted()
    shutil.rmtree(first.parent)
    second = bait.planted()
    assert second.read_bytes() == b"planted\n"
    del bait
    assert not second.parent.exists()
