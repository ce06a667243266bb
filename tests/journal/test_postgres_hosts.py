"""A worker on a host of its own, in a network namespace, that is cut off and comes back."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import GROUP, Server
from separate_hosts import Host, hosts_or_skip
from waiting import WITHIN_S, until

from playground.domain.errors import Conflict
from playground.domain.events import EvidenceAdded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.postgres import PostgresJournal

pytestmark = [GROUP, pytest.mark.slow]

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


@pytest.fixture
def host() -> Iterator[Host]:
    with hosts_or_skip(1) as (made,):
        yield made


def said(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1]


def test_a_host_that_is_cut_off_is_missed_and_may_come_back(host: Host, tmp_path: Path) -> None:
    server, out, end = Server(listen=host.here), tmp_path / "out", tmp_path / "end"
    journal = PostgresJournal(server.address(), heads=tmp_path / "here", grace_s=0.5)
    journal.append("run", seq=0, event=opening())
    url = f"postgresql://play@{host.here}:{server.port}/play?sslmode=disable"
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
        worker.wait(WITHIN_S)
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
