"""What only a file can do to the journal."""

from __future__ import annotations

import contextlib
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from playground.domain.errors import Conflict, StorageUnavailable, Tampered
from playground.domain.events import EvidenceAdded, MemoryRecalled, RunEnded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.head import Head, HeadFile
from playground.journal.schema import connect, prepare
from playground.journal.sqlite import SqliteJournal

OPENED = TaskOpened(Task("/r", TaskKind.REQUEST, "g", ()), Policy())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@contextlib.contextmanager
def opened(path: Path, *, busy_timeout_s: float = 10.0) -> Generator[SqliteJournal]:
    journal = SqliteJournal(path, busy_timeout_s=busy_timeout_s)
    try:
        yield journal
    finally:
        journal.close()


def noted(size: int = 1) -> EvidenceAdded:
    return EvidenceAdded("node", "candidate", ("x" * size,))


def sql(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)


def test_the_head_is_never_ahead_of_what_is_on_the_disk(path: Path) -> None:
    head = HeadFile(path.with_suffix(".head"))
    with opened(path) as journal:
        journal.append("a", seq=0, event=OPENED)
        journal.append("a", seq=1, event=MemoryRecalled(()))
        assert head.read() == Head(1, _hash_at(path, 1))
        assert journal.verify().problems == ()
        journal.append("a", seq=2, event=noted())
        assert head.read() == journal.end() == Head(3, _hash_at(path, 3))


def _hash_at(path: Path, position: int) -> str:
    query = "SELECT hash FROM event WHERE position = ?"
    with contextlib.closing(sqlite3.connect(path)) as db:
        return str(db.execute(query, (position,)).fetchone()[0])


def test_everything_is_still_there_after_closing(path: Path) -> None:
    with opened(path) as journal:
        journal.append("a", seq=0, event=OPENED)
        head = journal.verify().head
    with opened(path) as journal:
        journal.append("a", seq=1, event=noted())
        assert journal.load("a").events == (OPENED, noted())
        assert journal.verify().problems == ()
        assert journal.verify().head != head


def test_files_are_the_owners_alone(path: Path) -> None:
    with opened(path) as journal:
        journal.append("a", seq=0, event=OPENED)
        found = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
    assert set(found) == {
        "journal.sqlite3",
        "journal.sqlite3-wal",
        "journal.sqlite3-shm",
        "journal.head",
    }
    assert set(found.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_was_opened_up_is_closed_again(path: Path) -> None:
    with opened(path):
        pass
    path.chmod(0o644)
    with opened(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_commit_is_flushed_to_the_disk(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(connect(path, busy_timeout_s=1.0)) as db:
        prepare(db, path=path)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_two_openers_of_one_file_see_and_stop_each_other(path: Path) -> None:
    with opened(path) as one, opened(path) as two:
        one.append("a", seq=0, event=OPENED)
        with pytest.raises(Conflict):
            two.append("a", seq=0, event=OPENED)
        two.append("a", seq=1, event=noted())
        assert one.load("a").events == (OPENED, noted())
        assert one.verify() == two.verify()
        assert one.verify().problems == ()


WRITER = """
import sys
from pathlib import Path
from playground.domain.errors import Conflict
from playground.domain.events import EvidenceAdded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.sqlite import SqliteJournal

journal = SqliteJournal(Path(sys.argv[1]))
won = 0
for seq in range(60):
    event = EvidenceAdded(sys.argv[2], "c", ()) if seq else TaskOpened(
        Task("/r", TaskKind.REQUEST, "g", ()), Policy()
    )
    try:
        journal.append("shared", seq=seq, event=event)
        won += 1
    except Conflict:
        pass
print(won)
"""


def test_processes_take_turns_from_the_first_moment(path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    won = [int(writer.communicate(timeout=60)[0]) for writer in writers]
    with opened(path) as journal:
        assert sum(won) == 60
        assert len(journal.load("shared").events) == 60
        assert journal.verify().problems == ()


# ── trouble ──────────────────────────────────────────────────────────────────────────────────


def test_a_closed_journal_says_so(path: Path) -> None:
    with opened(path) as journal:
        journal.close()
        with pytest.raises(StorageUnavailable, match="closed"):
            journal.append("a", seq=0, event=OPENED)


def test_a_locked_journal_says_so(path: Path) -> None:
    with opened(path, busy_timeout_s=0.05) as journal:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageUnavailable, match="locked"):
                journal.append("a", seq=0, event=OPENED)
        journal.append("a", seq=0, event=OPENED)


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_broken_file_says_so(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StorageUnavailable, match="backup"):
        SqliteJournal(path)
    assert path.read_bytes() == content


def test_pages_that_broke_later_are_found_and_said(path: Path) -> None:
    with opened(path) as journal:
        journal.append("a", seq=0, event=OPENED)
        for seq in range(1, 60):
            journal.append("a", seq=seq, event=noted(2000))
    content = bytearray(path.read_bytes())
    content[20 * 4096 : 24 * 4096] = b"\xa5" * (4 * 4096)
    path.write_bytes(content)
    with opened(path) as journal:
        assert any("damaged" in problem for problem in journal.verify().problems)
        with pytest.raises((StorageUnavailable, Tampered)):
            journal.load("a")


def test_somebody_elses_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    sql(path, "CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StorageUnavailable, match="not a journal"):
        SqliteJournal(path)
    assert path.read_bytes() == before


def test_a_newer_file_asks_for_an_update(path: Path) -> None:
    with opened(path):
        pass
    sql(path, "PRAGMA user_version = 99")
    with pytest.raises(StorageUnavailable, match="update Playground"):
        SqliteJournal(path)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable, match=r"^[^\n]+\.$"):
        SqliteJournal(tmp_path / "file" / "journal.sqlite3")


FILLER = """
import resource, sys
from pathlib import Path
from playground.domain.errors import StorageUnavailable
from playground.domain.events import EvidenceAdded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.sqlite import SqliteJournal

journal = SqliteJournal(Path(sys.argv[1]))
journal.append("a", seq=0, event=TaskOpened(Task("/r", TaskKind.REQUEST, "g", ()), Policy()))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
seq = 1
try:
    while True:
        journal.append("a", seq=seq, event=EvidenceAdded("n", "c", ("x" * 5000,)))
        seq += 1
except StorageUnavailable as error:
    print(seq, error)
"""


def test_a_file_that_may_not_grow_is_said_and_what_was_recorded_stays(path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(path)], capture_output=True, text=True, check=True
    )
    recorded, sentence = done.stdout.split(" ", 1)
    assert "free" in sentence
    with opened(path) as journal:
        assert len(journal.load("a").events) == int(recorded) > 5
        assert journal.verify().problems == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if not mount or not umount:
        pytest.skip("there is no mount program here")
    arguments = [mount, "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(tmp_path)]
    if subprocess.run(arguments, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield tmp_path
    subprocess.run([umount, "-l", str(tmp_path)], check=True)


def fill(journal: SqliteJournal) -> None:
    for seq in range(1, 1000):
        journal.append("a", seq=seq, event=noted(5000))


def test_a_disk_that_fills_up_loses_nothing_recorded(small_disk: Path) -> None:
    with opened(small_disk / "journal.sqlite3") as journal:
        journal.append("a", seq=0, event=OPENED)
        with pytest.raises(StorageUnavailable, match="free"):
            fill(journal)
        recorded = len(journal.load("a").events)
        assert recorded > 5
        assert journal.verify().problems == ()
        assert journal.verify().events == recorded
    with opened(small_disk / "journal.sqlite3") as journal:
        assert len(journal.load("a").events) == recorded


def test_a_disk_that_becomes_read_only_is_said(small_disk: Path) -> None:
    mount = shutil.which("mount") or ""
    with opened(small_disk / "journal.sqlite3") as journal:
        journal.append("a", seq=0, event=OPENED)
    subprocess.run([mount, "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageUnavailable, match=r"writable|opened"):
        SqliteJournal(small_disk / "journal.sqlite3")


def test_an_edited_run_is_not_handed_out(path: Path) -> None:
    with opened(path) as journal:
        journal.append("a", seq=0, event=OPENED)
        journal.append("a", seq=1, event=RunEnded("rejected", "no"))
        journal.append("b", seq=0, event=OPENED)
        sql(path, "UPDATE event SET body = replace(body, 'rejected', 'applied') WHERE seq = 1")
        for ask in (lambda: journal.load("a"), journal.runs):
            with pytest.raises(Tampered, match="audit verify"):
                ask()
        assert journal.load("b").events == (OPENED,)


def test_events_keep_the_time_they_were_recorded_at(path: Path) -> None:
    journal = SqliteJournal(path, clock=lambda: 1_700_000_000.123456)
    journal.append("a", seq=0, event=OPENED)
    assert [record.at for _, record in journal.tail()] == [1_700_000_000.123456]
    journal.close()


def test_a_long_tail_comes_in_pages_while_others_write(path: Path) -> None:
    with opened(path) as journal:
        journal.append("a", seq=0, event=OPENED)
        for seq in range(1, 220):
            journal.append("a", seq=seq, event=noted())
        positions: list[int] = []
        for position, _ in journal.tail():
            if position == 10:
                journal.append(
                    "b", seq=0, event=replace(OPENED, task=replace(OPENED.task, goal="h"))
                )
            positions.append(position)
        assert positions == list(range(1, 222))


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are read in Linux's /proc")
def test_no_descriptor_is_left_open(path: Path) -> None:
    with opened(path) as journal:
        journal.append("a", seq=0, event=OPENED)
        journal.verify()
        assert open_below(path.parent)
    assert open_below(path.parent) == []


def open_below(folder: Path) -> list[str]:
    found: list[str] = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.startswith(str(folder))]
