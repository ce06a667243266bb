"""A worker on a host of its own, in a network namespace, that is cut off and comes back."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from postgres_server import GROUP, Server

from playground.domain.errors import Conflict
from playground.domain.events import EvidenceAdded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.postgres import PostgresJournal

pytestmark = [GROUP, pytest.mark.slow]

WAIT_S = 240.0
IP = shutil.which("ip") or ""
NET = f"10.{200 + os.getpid() // 250 % 50}.{os.getpid() % 250}"  # other runs have others
HERE, THERE = f"{NET}.1", f"{NET}.2"

WORKER = """
import sys, time
from pathlib import Path
from playground.domain.errors import Conflict, StorageUnavailable
from playground.domain.events import EvidenceAdded
from playground.journal.postgres import PostgresJournal
from playground.journal.server.address import address_of

journal = PostgresJournal(address_of(sys.argv[1]), heads=Path(sys.argv[2]), patience_s=1.0)
me = journal.join()
print(me.id, flush=True)
seq = len(journal.load("run").events)
while not Path(sys.argv[3]).exists():
    try:
        journal.append("run", seq=seq, event=EvidenceAdded("n", "c", (f"there {seq}",)))
        print(f"recorded {seq}", flush=True)
        seq += 1
    except Conflict:
        seq = len(journal.load("run").events)
    except StorageUnavailable:
        print("away", flush=True)
    time.sleep(0.05)
"""


@dataclass(frozen=True)
class Host:
    """A namespace with one line to this machine."""

    name: str
    line: str

    def start(self, *command: str, out: Path) -> subprocess.Popen[bytes]:
        with out.open("wb") as file:
            return subprocess.Popen([IP, "netns", "exec", self.name, *command], stdout=file)

    def cut(self, *, off: bool) -> None:
        """Cuts the line or mends it; nobody is told."""
        ip("link", "set", self.line, "down" if off else "up")


def ip(*arguments: str) -> None:
    subprocess.run([IP, *arguments], check=True, stderr=subprocess.PIPE)


@pytest.fixture
def host() -> Iterator[Host]:
    name = f"pg{os.getpid()}"
    host = Host(name, f"{name}h")
    if os.getuid() != 0 or not IP:
        pytest.skip("making a host of its own needs root and iproute2")
    try:
        ip("netns", "add", name)
        ip("link", "add", host.line, "type", "veth", "peer", "name", "far", "netns", name)
    except subprocess.CalledProcessError:
        subprocess.run([IP, "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)
        pytest.skip("this machine lets nobody make network namespaces")
    try:
        ip("address", "add", f"{HERE}/30", "dev", host.line)
        ip("link", "set", host.line, "up")
        ip("-n", name, "address", "add", f"{THERE}/30", "dev", "far")
        ip("-n", name, "link", "set", "far", "up")
        yield host
    finally:
        ip("netns", "delete", name)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def said(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1]


def test_a_host_that_is_cut_off_is_missed_and_may_come_back(host: Host, tmp_path: Path) -> None:
    server, out, end = Server(listen=HERE), tmp_path / "out", tmp_path / "end"
    journal = PostgresJournal(server.address(), heads=tmp_path / "here", grace_s=0.5)
    journal.append("run", seq=0, event=opening())
    url = f"postgresql://play@{HERE}:{server.port}/play?sslmode=disable"
    worker = host.start(
        sys.executable, "-c", WORKER, url, str(tmp_path / "there"), str(end), out=out
    )
    try:
        until(lambda: len(said(out)) > 10)
        me, other = journal.join(), said(out)[0]
        assert me.gone([other]) == frozenset()
        host.cut(off=True)
        append_one(journal, "while it is cut off")
        until(lambda: me.gone([other]) == frozenset({other}))
        until(lambda: said(out)[-1] == "away")
        append_one(journal, "and it knows")
        host.cut(off=False)
        until(lambda: me.gone([other]) == frozenset())
        until(lambda: said(out)[-1].startswith("recorded"))
        end.touch()
        worker.wait(WAIT_S)
        me.close()
        acknowledged = [int(line.split()[1]) for line in said(out) if line.startswith("recorded")]
        assert len(acknowledged) == len(set(acknowledged))
        events = journal.load("run").events
        for seq in acknowledged:
            assert events[seq] == EvidenceAdded("n", "c", (f"there {seq}",))
        assert journal.verify().problems == ()
    finally:
        worker.kill()
        worker.wait()
        journal.close()
        server.close()


def append_one(journal: PostgresJournal, text: str) -> None:
    """Records an event, whatever the other one records at the same time."""
    done = False
    while not done:
        seq = len(journal.load("run").events)
        with contextlib.suppress(Conflict):
            journal.append("run", seq=seq, event=EvidenceAdded("n", "c", (text,)))
            done = True


def opening() -> TaskOpened:
    return TaskOpened(Task("/r", TaskKind.REQUEST, "g", ()), Policy())
