"""What only a server can do to the journal."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cutting import Cutter
from pg8000.exceptions import DatabaseError
from postgres_server import GROUP, Server
from waiting import until

from playground.domain.errors import Conflict, StorageUnavailable, Tampered
from playground.domain.events import EvidenceAdded, RunEnded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.postgres import PostgresJournal
from playground.journal.server.address import Address
from playground.journal.server.session import Session

pytestmark = GROUP
PATIENCE_S = 60.0


def opening(goal: str = "g") -> TaskOpened:
    return TaskOpened(Task("/r", TaskKind.REQUEST, goal, ()), Policy())


def noted(text: str = "x") -> EvidenceAdded:
    return EvidenceAdded("node", "candidate", (text,))


@contextlib.contextmanager
def opened(
    address: Address, heads: Path, *, patience_s: float = PATIENCE_S, grace_s: float = 15.0
) -> Generator[PostgresJournal]:
    journal = PostgresJournal(address, heads=heads, patience_s=patience_s, grace_s=grace_s)
    try:
        yield journal
    finally:
        journal.close()


@pytest.fixture
def address(postgres_server: Server) -> Address:
    return postgres_server.emptied()


@pytest.fixture
def cutter(address: Address, postgres_server: Server) -> Iterator[Cutter]:
    folder = postgres_server.folder / "cut"
    folder.mkdir(exist_ok=True)
    cutter = Cutter(address, folder)
    yield cutter
    cutter.close()
    (folder / ".s.PGSQL.5432").unlink()


def sql(address: Address, statement: str) -> list[Any]:
    with contextlib.closing(Session(address)) as session:
        return session.tell(statement)


def test_everything_is_there_for_another_machine(address: Address, tmp_path: Path) -> None:
    with opened(address, tmp_path / "one") as journal, opened(address, tmp_path / "two") as other:
        journal.append("a", seq=0, event=opening())
        other.append("a", seq=1, event=noted())
        journal.append("a", seq=2, event=RunEnded("x", "y"))
        assert other.load("a") == journal.load("a")
        assert journal.verify() == other.verify()
        assert journal.verify().problems == ()


def test_the_clock_is_the_servers(address: Address, tmp_path: Path) -> None:
    with opened(address, tmp_path) as journal:
        ((before,),) = sql(address, "SELECT extract(epoch FROM clock_timestamp())::float8")
        journal.append("a", seq=0, event=opening())
        ((after,),) = sql(address, "SELECT extract(epoch FROM clock_timestamp())::float8")
        ((_, record),) = list(journal.tail())
        assert before <= record.at <= after


def test_odd_texts_come_back_as_they_were(address: Address, tmp_path: Path) -> None:
    text = "a\0b ? :p0 $1 'x' \\ \U0001f600"
    with opened(address, tmp_path) as journal:
        journal.append("a?:p0$1", seq=0, event=opening(text))
        journal.append("a?:p0$1", seq=1, event=noted(text + "\udce9"))
        loaded = journal.load("a?:p0$1")
        assert loaded.events == (opening(text), noted(text + "\udce9"))
        assert journal.campaigns("campaign/\0") == []
        assert journal.verify().problems == ()


@pytest.mark.slow
def test_many_that_come_first_at_once_make_the_tables_once(
    address: Address, tmp_path: Path
) -> None:
    barrier, troubles = threading.Barrier(6), list[Exception]()

    def come(number: int) -> None:
        barrier.wait(60)
        try:
            with opened(address, tmp_path / str(number)) as journal:
                journal.append(f"run{number}", seq=0, event=opening(str(number)))
        except StorageUnavailable as error:
            troubles.append(error)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    with opened(address, tmp_path / "0") as journal:
        assert (journal.verify().events, journal.verify().problems) == (6, ())


@pytest.mark.parametrize("after", [True, False])
def test_a_commit_without_an_answer_is_recorded_once(
    after: bool, cutter: Cutter, tmp_path: Path
) -> None:
    with opened(cutter.address, tmp_path) as journal:
        journal.append("a", seq=0, event=opening())
        for seq in range(1, 5):
            cutter.cut_at_commit(after=after)
            journal.append("a", seq=seq, event=noted(str(seq)))
        assert journal.load("a").events == (opening(), *(noted(str(seq)) for seq in range(1, 5)))
        assert (journal.verify().events, journal.verify().problems) == (5, ())


def test_what_looks_the_same_but_is_anothers_is_a_conflict(
    cutter: Cutter, address: Address, tmp_path: Path
) -> None:
    """The commit never arrived, and another worker records the very same meanwhile."""
    ticks = iter([1.0, 2.0, 3.0])

    def clock() -> float:
        tick = next(ticks)
        if tick == 3.0:  # the second try: too late, the number is taken
            raise AssertionError("looks up its commit first")
        return tick

    journal = PostgresJournal(cutter.address, heads=tmp_path / "a", clock=clock)
    with contextlib.closing(journal), opened(address, tmp_path / "b") as other:
        journal.append("a", seq=0, event=opening())
        lock = Session(address)
        cutter.cut_at_commit(after=False)
        failed = list[Exception]()

        def append() -> None:
            try:
                journal.append("a", seq=1, event=noted())
            except Conflict as error:
                failed.append(error)

        # whoever asks for the row's lock next is ours again, so the other one asks first
        lock.begin(then="SELECT 1 FROM head FOR UPDATE")
        rival = threading.Thread(target=lambda: other.append("a", seq=1, event=noted()))
        rival.start()
        until(lambda: waiting(address) == 1)
        mine = threading.Thread(target=append)
        mine.start()
        until(lambda: waiting(address) == 2)
        lock.tell("ROLLBACK")
        lock.close()
        rival.join()
        mine.join()
        assert [type(error) for error in failed] == [Conflict]
        assert len(other.load("a").events) == 2


def waiting(address: Address) -> int:
    rows = sql(address, "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    return int(str(rows[0][0]))


def test_sessions_that_the_server_ended_are_replaced(address: Address, tmp_path: Path) -> None:
    end_all = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = 'play' AND pid <> pg_backend_pid()"
    )
    with opened(address, tmp_path) as journal:
        journal.append("a", seq=0, event=opening())
        sql(address, end_all)
        journal.append("a", seq=1, event=noted())
        sql(address, end_all)
        assert len(journal.load("a").events) == 2


def test_a_server_that_is_not_there_is_said_in_time(tmp_path: Path) -> None:
    nowhere = Address(str(tmp_path), 5432, "play", "me", "secret", "disable", "")
    with pytest.raises(StorageUnavailable, match="does not answer") as caught:
        PostgresJournal(nowhere, heads=tmp_path, patience_s=0.2)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("database", "user", "said"),
    [("none", "play", "no such database"), ("play", "stranger", "refuses the login")],
)
def test_a_refusal_is_said_at_once(
    database: str, user: str, said: str, address: Address, tmp_path: Path
) -> None:
    wrong = Address(address.host, 5432, database, user, "secret", "disable", "")
    with pytest.raises(StorageUnavailable, match=said):
        PostgresJournal(wrong, heads=tmp_path)


def test_a_newer_journal_is_left_alone(address: Address, tmp_path: Path) -> None:
    with opened(address, tmp_path):
        sql(address, "UPDATE head SET version = 99")
    with pytest.raises(StorageUnavailable, match="newer version"):
        PostgresJournal(address, heads=tmp_path)


def test_a_closed_journal_says_so(address: Address, tmp_path: Path) -> None:
    with opened(address, tmp_path) as journal:
        pass
    with pytest.raises(StorageUnavailable, match="closed"):
        journal.runs()


def test_the_head_of_a_machine_shows_that_the_end_was_cut_off(
    address: Address, tmp_path: Path
) -> None:
    with opened(address, tmp_path) as journal:
        for seq in range(4):
            journal.append("a", seq=seq, event=noted() if seq else opening())
        sql(
            address,
            "DELETE FROM event WHERE position > 2; UPDATE head SET position = 2, "
            "hash = (SELECT hash FROM event WHERE position = 2)",
        )
        assert any("cut off" in problem for problem in journal.verify().problems)
        for seq in (2, 3, 4):
            journal.append("a", seq=seq, event=noted("other"))
        assert any("head" in problem for problem in journal.verify().problems)
    with opened(address, tmp_path / "elsewhere") as other:
        assert other.verify().problems == ()  # who never saw it cannot know


def test_what_others_record_does_not_hide_that_the_end_was_cut_off(
    address: Address, tmp_path: Path
) -> None:
    with opened(address, tmp_path / "one") as journal, opened(address, tmp_path / "two") as other:
        for seq in range(4):
            journal.append("a", seq=seq, event=noted() if seq else opening())
        sql(
            address,
            "DELETE FROM event WHERE position > 2; UPDATE head SET position = 2, "
            "hash = (SELECT hash FROM event WHERE position = 2)",
        )
        for seq in range(2, 6):
            other.append("a", seq=seq, event=noted("other"))
        journal.append("a", seq=6, event=noted())
        assert any("head" in problem for problem in journal.verify().problems)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET body = replace(body, 'x', 'y') WHERE position = 2",
        pytest.param("UPDATE event SET at = at + 1 WHERE position = 2", marks=pytest.mark.slow),
        pytest.param(
            "UPDATE event SET hash = repeat('0', 64) WHERE position = 3", marks=pytest.mark.slow
        ),
        "DELETE FROM event WHERE position = 2",
        pytest.param("UPDATE event SET position = 9 WHERE position = 3", marks=pytest.mark.slow),
        pytest.param("DELETE FROM run", marks=pytest.mark.slow),
        "UPDATE run SET ended = 1",
        pytest.param("UPDATE run SET root = '/elsewhere'", marks=pytest.mark.slow),
        pytest.param("INSERT INTO run VALUES ('z', '', '', 1, 0)", marks=pytest.mark.slow),
        pytest.param("UPDATE head SET position = 5", marks=pytest.mark.slow),
        pytest.param("ALTER TABLE event ADD COLUMN more text", marks=pytest.mark.slow),
        pytest.param("ALTER TABLE event DROP CONSTRAINT event_number", marks=pytest.mark.slow),
        pytest.param("CREATE VIEW more AS SELECT 1 AS one", marks=pytest.mark.slow),
        "CREATE RULE less AS ON DELETE TO event DO INSTEAD NOTHING",
    ],
)
def test_the_audit_names_what_was_changed(statement: str, address: Address, tmp_path: Path) -> None:
    with opened(address, tmp_path) as journal:
        for seq in range(3):
            journal.append("a", seq=seq, event=noted() if seq else opening())
        assert journal.verify().problems == ()
        sql(address, statement)
        assert journal.verify().problems != ()


def test_a_changed_event_is_not_given_out(address: Address, tmp_path: Path) -> None:
    with opened(address, tmp_path) as journal:
        journal.append("a", seq=0, event=opening())
        journal.append("a", seq=1, event=noted("yes"))
        sql(address, "UPDATE event SET body = replace(body, 'yes', 'no') WHERE seq = 1")
        with pytest.raises(Tampered):
            journal.load("a")


# ── who is at work ───────────────────────────────────────────────────────────────────────────

SLEEPER = """
import sys, time
from playground.journal.server.address import address_of
from playground.journal.server.presence import ServerPresence

me = ServerPresence(address_of(sys.argv[1]), patience_s=60.0)
print(me.id, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_killed_worker_is_gone_after_the_time_of_grace(
    address: Address, postgres_server: Server, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", SLEEPER, postgres_server.url]
    with opened(address, tmp_path, grace_s=0.3) as journal:
        me = journal.join()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            other = process.stdout.readline().strip()
            assert me.gone([other, me.id]) == frozenset()
            time.sleep(0.5)
            assert me.gone([other, me.id]) == frozenset()
            process.kill()
            process.wait()
        until(lambda: me.gone([other, me.id]) == frozenset({other}))
        me.close()


def test_nothing_is_known_of_workers_elsewhere(address: Address, tmp_path: Path) -> None:
    with opened(address, tmp_path, grace_s=0.0) as journal:
        me, left = journal.join(), journal.join()
        left.close()
        assert me.gone([left.id, "no-such", "odd\0\udce9"]) == frozenset()
        me.close()


@pytest.mark.slow
def test_a_worker_that_lives_is_not_gone_when_all_sessions_ended(
    address: Address, tmp_path: Path
) -> None:
    with opened(address, tmp_path, grace_s=30.0) as journal:
        me, other = journal.join(), journal.join()
        for _ in range(3):
            sql(
                address,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = 'play' AND pid <> pg_backend_pid()",
            )
            assert me.gone([other.id]) == frozenset()
        until(lambda: held(address) == 2)
        until(lambda: free(address) == 0)
        assert me.gone([other.id]) == frozenset()
        me.close()
        other.close()


def held(address: Address) -> int:
    rows = sql(address, "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'")
    return int(str(rows[0][0]))


def free(address: Address) -> int:
    rows = sql(address, "SELECT count(*)::int FROM worker WHERE free_since IS NOT NULL")
    return int(str(rows[0][0]))


@pytest.mark.slow
def test_a_worker_may_have_the_right_to_add_alone(address: Address, tmp_path: Path) -> None:
    granted = (
        "GRANT USAGE ON SCHEMA playground TO adder;"
        "GRANT SELECT, INSERT ON playground.event TO adder;"
        "GRANT SELECT, INSERT, UPDATE ON playground.run, playground.head TO adder;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON playground.worker TO adder;"
    )
    adder = Address(address.host, 5432, "play", "adder", "", "disable", "")
    with opened(address, tmp_path):
        sql(address, "DROP ROLE IF EXISTS adder; CREATE ROLE adder LOGIN;" + granted)
    with opened(adder, tmp_path) as journal:
        journal.append("a", seq=0, event=opening())
        journal.append("a", seq=1, event=RunEnded("x", "y"))
        journal.join().close()
        assert journal.verify().problems == ()
        with pytest.raises(DatabaseError, match="permission denied"):
            sql(adder, "UPDATE event SET at = 0")
    sql(address, "DROP OWNED BY adder; DROP ROLE adder")
