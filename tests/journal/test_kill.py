"""A real process, really killed: nothing that was acknowledged is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from playground.domain.events import EvidenceAdded
from playground.journal.sqlite import SqliteJournal

APPENDER = """
import sys
from pathlib import Path
from playground.domain.events import EvidenceAdded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.sqlite import SqliteJournal

journal = SqliteJournal(Path(sys.argv[1]))
runs = journal.runs()
seq = len(runs[0].events) if runs else 0
while True:
    text = f"note {seq} " + "x" * (seq * 37 % 5000)
    event = EvidenceAdded("n", "c", (text,)) if seq else TaskOpened(
        Task("/r", TaskKind.REQUEST, "g", ()), Policy()
    )
    journal.append("run", seq=seq, event=event)
    print(seq, flush=True)
    seq += 1
"""


def killed_after(path: Path, wait_s: float) -> list[int]:
    """Returns the numbers that the appender acknowledged before it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(wait_s)
    process.kill()
    rest, _ = process.communicate()
    lines = (first + rest).split("\n")
    return [int(line) for line in lines[:-1]]  # what follows the last newline was not said


def survive(path: Path, *, kills: int) -> None:
    due = 0
    for number in range(kills):
        acknowledged = killed_after(path, number * 0.0037 % 0.03)
        assert acknowledged == list(range(acknowledged[0], acknowledged[-1] + 1))
        assert due <= acknowledged[0] <= due + 1  # one may be recorded that was not said
        due = acknowledged[-1] + 1
    journal = SqliteJournal(path)
    events = journal.load("run").events
    assert len(events) in {due, due + 1}
    for seq, event in enumerate(events[1:], start=1):
        assert isinstance(event, EvidenceAdded)
        assert event.notes[0].startswith(f"note {seq} ")
    assert journal.verify().problems == ()
    journal.close()


@pytest.mark.slow
def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    survive(tmp_path / "journal.sqlite3", kills=10)


@pytest.mark.slow
def test_thirty_kills_lose_nothing(tmp_path: Path) -> None:
    survive(tmp_path / "journal.sqlite3", kills=30)
