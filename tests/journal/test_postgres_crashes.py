"""Real processes and a real server that are killed, crashed and stopped.

Nothing that was acknowledged is lost, nothing is there twice, no number is acknowledged to two, and
the audit finds nothing.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres_server import GROUP, Server
from waiting import WITHIN_S, until

from playground.domain.events import EvidenceAdded
from playground.journal.postgres import PostgresJournal

pytestmark = [GROUP, pytest.mark.slow]

PATIENCE_S = 120.0

COMMON = """
import json, os, signal, sys, time
from pathlib import Path
from playground.domain.errors import Conflict, StorageUnavailable
from playground.domain.events import EvidenceAdded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.postgres import PostgresJournal
from playground.journal.server.address import address_of

def opened(clock=None):
    heads = Path(sys.argv[2])
    return PostgresJournal(address_of(sys.argv[1]), heads=heads, patience_s=120.0, clock=clock)

def next_of(journal):
    runs = journal.runs()
    return len(runs[0].events) if runs else 0

def event(name, seq):
    text = f"{name} {seq} " + "x" * (seq * 37 % 5000)
    task = Task("/r", TaskKind.REQUEST, "g", ())
    return EvidenceAdded("n", "c", (text,)) if seq else TaskOpened(task, Policy())
"""

# Forks, so that thirty processes cost one loading of the packages.
KILLED = (
    COMMON
    + """
def work(answers):
    journal = opened()
    seq = next_of(journal)
    while True:
        try:
            journal.append("run", seq=seq, event=event("only", seq))
        except Conflict:  # what the one before had sent when it was killed came in after the look
            seq = next_of(journal)
            continue
        os.write(answers, f"{seq}\\n".encode())
        seq += 1

for number in range(int(sys.argv[3])):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        work(write)
    os.close(write)
    with os.fdopen(read) as said:
        first = said.readline()
        time.sleep(number * 0.0037 % 0.03)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = (first + said.read()).split("\\n")
    print(json.dumps([int(line) for line in lines[:-1]]), flush=True)
"""
)

RIVAL = (
    COMMON
    + """
name, wanted = sys.argv[3], int(sys.argv[4])
journal = opened()
seq = next_of(journal)
while seq < wanted:
    try:
        journal.append("run", seq=seq, event=event(name, seq))
    except Conflict:
        seq = next_of(journal)
        continue
    print(seq, flush=True)
    seq += 1
"""
)

ZOMBIE = (
    COMMON
    + """
def clock():  # is asked in the middle of the transaction, with the lock in hand
    if not os.path.exists(sys.argv[3]):
        Path(sys.argv[3]).touch()
        os.kill(os.getpid(), signal.SIGSTOP)
    return time.time()

journal = opened()
seq = next_of(journal)
journal.close()
journal = opened(clock)
try:
    journal.append("run", seq=seq, event=event("zombie", seq))
    print("recorded", flush=True)
except Conflict:
    print("conflict", flush=True)
"""
)


@pytest.fixture(scope="module")
def careful() -> Iterator[Server]:
    """A server that flushes what it commits."""
    server = Server(careful=True)
    yield server
    server.close()


class Talking:
    """A process whose lines are heard while it runs."""

    def __init__(self, script: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._hear)
        self._thread.start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                self.lines.append(line.strip())

    def ended(self) -> int:
        """Waits for its end; returns the exit status."""
        try:
            return self.process.wait(WITHIN_S)
        finally:
            self.process.kill()
            self.process.wait()
            self._thread.join()
            assert self.process.stdout is not None
            self.process.stdout.close()


def recorded(server: Server, heads: Path) -> list[str]:
    """Returns who recorded each event and which number they gave it, after an audit."""
    with closing(PostgresJournal(server.address(), heads=heads, patience_s=PATIENCE_S)) as journal:
        report = journal.verify()
        assert report.problems == ()
        events = journal.load("run").events
        assert len(events) == report.events
    notes = [event.notes[0].split(" x")[0] for event in events if isinstance(event, EvidenceAdded)]
    assert len(notes) == len(events) - 1
    return ["opening 0", *(note.strip() for note in notes)]


def test_thirty_kills_lose_nothing(careful: Server, tmp_path: Path) -> None:
    careful.emptied()
    killed = Talking(KILLED, careful.url, str(tmp_path), "30")
    assert killed.ended() == 0
    assert len(killed.lines) == 30
    due = 0
    for line in killed.lines:
        acknowledged: list[int] = json.loads(line)
        assert acknowledged == list(range(acknowledged[0], acknowledged[-1] + 1))
        assert due <= acknowledged[0] <= due + 1  # one may be recorded that was not said
        due = acknowledged[-1] + 1
    notes = recorded(careful, tmp_path)
    assert len(notes) in {due, due + 1}
    assert notes[1:] == [f"only {seq}" for seq in range(1, len(notes))]


def test_rivals_live_on_when_the_server_crashes(careful: Server, tmp_path: Path) -> None:
    careful.emptied()
    wanted, crashes = 300, 3
    rivals = [
        Talking(RIVAL, careful.url, str(tmp_path / name), name, str(wanted))
        for name in ("one", "two", "three")
    ]
    for crash in range(1, crashes + 1):
        until(lambda least=crash * 60: sum(len(rival.lines) for rival in rivals) >= least)
        careful.stop("immediate")
        careful.start()
    assert [rival.ended() for rival in rivals] == [0, 0, 0]
    notes = recorded(careful, tmp_path / "one")
    assert len(notes) == wanted
    acknowledged = {
        int(seq): name
        for name, rival in zip(("one", "two", "three"), rivals, strict=True)
        for seq in rival.lines
    }
    # whoever is told that its event is recorded, and everybody is, has its own event there
    assert sorted(acknowledged) == list(range(wanted))
    assert sum(len(rival.lines) for rival in rivals) == wanted
    assert notes[1:] == [f"{acknowledged[seq]} {seq}" for seq in range(1, wanted)]


def test_a_writer_that_stands_still_holds_up_nobody_and_records_nothing_late(
    careful: Server, tmp_path: Path
) -> None:
    careful.emptied()
    first = Talking(RIVAL, careful.url, str(tmp_path / "first"), "first", "3")
    assert first.ended() == 0
    mark = tmp_path / "stopped"
    zombie = Talking(ZOMBIE, careful.url, str(tmp_path / "zombie"), str(mark))
    until(mark.exists)
    until(lambda: state_of(zombie.process.pid) == "T")
    second = Talking(RIVAL, careful.url, str(tmp_path / "second"), "second", "6")
    assert second.ended() == 0
    assert second.lines == ["3", "4", "5"]
    os.kill(zombie.process.pid, signal.SIGCONT)
    assert zombie.ended() == 0
    assert zombie.lines == ["conflict"]
    expected = ["opening 0", "first 1", "first 2", "second 3", "second 4", "second 5"]
    assert recorded(careful, tmp_path / "zombie") == expected


def state_of(pid: int) -> str:
    """Returns the letter by which the kernel names a process's state."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def test_a_crash_of_the_server_makes_nobody_gone(careful: Server, tmp_path: Path) -> None:
    careful.emptied()
    with closing(
        PostgresJournal(careful.address(), heads=tmp_path, patience_s=PATIENCE_S, grace_s=WITHIN_S)
    ) as journal:
        me, other = journal.join(), journal.join()
        for _ in range(2):
            careful.stop("immediate")
            careful.start()
            assert me.gone([other.id]) == frozenset()

            def held() -> bool:
                with closing(careful.session()) as session:
                    locks = session.tell(
                        "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'"
                    )
                    free = session.tell(
                        "SELECT count(*)::int FROM worker WHERE free_since IS NOT NULL"
                    )
                return (locks, free) == ([[2]], [[0]])

            until(held)
        assert me.gone([other.id]) == frozenset()
        me.close()
        other.close()
