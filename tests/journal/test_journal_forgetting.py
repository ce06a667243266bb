"""Texts that a run recalled are taken out of the journal, and the chains still hold."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from journal_forgetting import ENDED, MARK, fill, holding, memory_of, opened, recalled
from postgres_server import GROUP, Server

from playground.domain.audits import FORGETTING, Blanked, TextsForgotten
from playground.domain.campaigns import Bounds, CampaignOpened, Records
from playground.domain.errors import BadInput, StorageUnavailable, Tampered
from playground.domain.events import EvidenceAdded, MemoryRecalled, RunEnded
from playground.journal.chain import Ends, Entry, linked
from playground.journal.codec import FORMAT, encode
from playground.journal.forgetting import blanked_link
from playground.journal.moving import moved
from playground.journal.postgres import PostgresJournal
from playground.journal.sqlite import SqliteJournal
from playground.testing import MemoryJournal


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteJournal]:
    with contextlib.closing(SqliteJournal(tmp_path / "state" / "journal.sqlite")) as journal:
        fill(journal)
        yield journal


@pytest.fixture(params=["sqlite", "memory", pytest.param("postgres", marks=GROUP)])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    if request.param == "sqlite":
        yield request.getfixturevalue("file")
        return
    journal: Records
    if request.param == "memory":
        journal = MemoryJournal()
    else:
        server: Server = request.getfixturevalue("postgres_server")
        journal = PostgresJournal(server.emptied(), heads=tmp_path / "heads")
    with contextlib.closing(journal):
        fill(journal)
        yield journal


def test_what_was_recalled_of_an_episode_goes_and_all_else_stays(journal: Records) -> None:
    before = {run.id: run for run in journal.runs()}
    assert journal.forget_texts("a", by="ada", where="terminal") == ("first", "second")
    first, second = memory_of(journal, "first"), memory_of(journal, "second")
    assert first.recalled[1] == recalled("b").recalled[0]
    assert second.recalled == recalled("c").recalled
    for left in (first.recalled[0], second.avoid[0]):
        assert MARK not in repr(left)
        assert (left.episode.id, left.episode.rule, left.score) == ("a", "B006", 0.5)
    assert journal.load("third") == before["third"]
    for run in journal.runs():
        rest = [(a, b) for a, b in zip(run.events, before[run.id].events, strict=True) if a != b]
        assert all(isinstance(old, MemoryRecalled) for _, old in rest)
    told = [record for _, record in journal.tail() if isinstance(record.event, MemoryRecalled)]
    assert not any(f"{MARK}a" in repr(record) for record in told)


def test_the_audit_knows_what_was_forgotten(journal: Records) -> None:
    assert journal.verify().forgotten == 0
    journal.forget_texts("a", by="ada", where="terminal")
    report = journal.verify()
    assert (report.forgotten, report.problems, report.runs) == (2, (), 3)
    journal.forget_texts("b", by="ada", where="terminal")
    report = journal.verify()
    assert (report.forgotten, report.problems) == (3, ())
    assert f"{MARK}a" not in repr(journal.runs())
    assert f"{MARK}b" not in repr(journal.runs())
    journal.append("third", seq=3, event=ENDED)
    assert journal.verify().problems == ()


def test_the_run_that_taught_it_keeps_only_what_names_and_counts(journal: Records) -> None:
    journal.append("taught", seq=0, event=opened(f"{MARK}t goal"))
    journal.append("taught", seq=1, event=recalled("b"))
    journal.append("taught", seq=2, event=EvidenceAdded("n", "c", (f"{MARK}t", "more")))
    journal.append("taught", seq=3, event=RunEnded("applied", f"{MARK}t reason"))
    others = [run for run in journal.runs() if run.id != "taught"]
    key = opened(f"{MARK}t goal").task.key
    assert journal.forget_texts("taught", by="ada", where="terminal", with_run=True) == ("taught",)
    left = journal.load("taught")
    assert MARK not in repr(left)
    assert left.task.root == "/r"
    assert left.events[2] == EvidenceAdded("n", "c", ("", ""))
    assert left.ended == RunEnded("applied", "")
    assert [one.episode.id for one in memory_of(journal, "taught").recalled] == ["b"]
    assert [run for run in journal.runs() if run.id != "taught"] == others
    found = journal.newest_with_key(key)
    assert found is not None
    assert found.id == "taught"
    report = journal.verify()
    assert (report.problems, report.forgotten) == ((), 4)
    journal.append("taught", seq=4, event=EvidenceAdded("n", "c", ("goes on",)))
    assert journal.verify().problems == ()


@pytest.mark.parametrize("name", ["forgetting", "campaign/one"])
def test_a_stream_that_is_no_run_keeps_its_texts(journal: Records, name: str) -> None:
    begun = CampaignOpened("/r", (), (), (), "", Bounds(), (), (), "me", 1.0)
    journal.append_campaign("campaign/one", seq=0, event=begun)
    journal.forget_texts("a", by="ada", where="terminal")
    assert journal.forget_texts(name, by="ada", where="terminal", with_run=True) == ()
    assert journal.campaign_events("campaign/one") == [begun]
    assert journal.verify().problems == ()


def test_forgetting_again_says_the_same_and_changes_nothing(journal: Records) -> None:
    journal.forget_texts("a", by="ada", where="terminal")
    before = journal.verify()
    assert journal.forget_texts("a", by="bob", where="terminal") == ("first", "second")
    assert journal.verify() == before


def test_nothing_happens_for_an_episode_that_nobody_recalled(journal: Records) -> None:
    before = journal.verify()
    for name in ("other", "", "%", "B006", f"{MARK}a"):
        assert journal.forget_texts(name, by="ada", where="terminal") == ()
    assert journal.verify() == before


def test_the_stream_is_no_run(journal: Records) -> None:
    with pytest.raises(BadInput, match="no id of a run"):
        journal.append(FORGETTING, seq=0, event=opened("a run of that name"))
    journal.forget_texts("a", by="ada", where="terminal")
    with pytest.raises(BadInput):
        journal.load(FORGETTING)
    with pytest.raises(BadInput):
        journal.find(FORGETTING[:4])
    assert [run.id for run in journal.runs()] == ["first", "second", "third"]
    assert journal.campaigns() == []


def test_no_byte_of_the_file_holds_it(file: SqliteJournal, tmp_path: Path) -> None:
    assert holding(tmp_path, f"{MARK}a")
    file.forget_texts("a", by="ada", where="terminal")
    assert holding(tmp_path, f"{MARK}a") == []
    assert holding(tmp_path, f"{MARK}b")


@GROUP
def test_no_file_of_the_servers_tables_holds_it(postgres_server: Server, tmp_path: Path) -> None:
    address = postgres_server.emptied()
    with contextlib.closing(PostgresJournal(address, heads=tmp_path)) as journal:
        fill(journal)
        with contextlib.closing(postgres_server.session(address.database)) as session:
            session.tell("CHECKPOINT")
            assert holding(postgres_server.data / "base", f"{MARK}a")
            journal.forget_texts("a", by="ada", where="terminal")
            session.tell("CHECKPOINT")
        assert holding(postgres_server.data / "base", f"{MARK}a") == []
        assert holding(postgres_server.data / "base", f"{MARK}b")


def test_a_reader_that_keeps_the_log_is_named_and_the_next_call_finishes(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with contextlib.closing(SqliteJournal(path, busy_timeout_s=0.05)) as journal:
        fill(journal)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM event").fetchone()
            with pytest.raises(StorageUnavailable, match=r"Another program|locked"):
                journal.forget_texts("a", by="ada", where="terminal")
        assert f"{MARK}a" not in repr(journal.runs())
        assert journal.forget_texts("a", by="ada", where="terminal") == ("first", "second")
    assert holding(tmp_path, f"{MARK}a") == []


# ── what somebody else altered ───────────────────────────────────────────────────────────────


def altered(journal: SqliteJournal, statement: str) -> tuple[str, ...]:
    with contextlib.closing(sqlite3.connect(journal.name, isolation_level=None)) as db:
        db.execute(statement)
    return journal.verify().problems


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET body = replace(body, '0.5', '0.6') WHERE run = 'first' AND seq = 1",
        "UPDATE event SET at = at + 1 WHERE run = 'first' AND seq = 1",
        "UPDATE event SET form = 0 WHERE run = 'first' AND seq = 1",
        "UPDATE event SET run_hash = hash WHERE run = 'first' AND seq = 1",
        "UPDATE event SET body = replace(body, 'ada', 'bob') WHERE run = 'forgetting'",
        "DELETE FROM event WHERE run = 'forgetting'",
        (
            "UPDATE event SET body = (SELECT body FROM event WHERE run = 'second' AND seq = 1) "
            "WHERE run = 'first' AND seq = 1"
        ),
    ],
)
def test_what_was_forgotten_cannot_be_altered_unseen(file: SqliteJournal, statement: str) -> None:
    file.forget_texts("a", by="ada", where="terminal")
    assert altered(file, statement)
    with pytest.raises(Tampered):
        file.runs()


def forged(journal: SqliteJournal, body: str, *, run: str, seq: int, episode_id: str) -> None:
    """Alters an event, and adds a well chained one that says that its texts were forgotten."""
    with contextlib.closing(sqlite3.connect(journal.name, isolation_level=None)) as db:
        db.execute("UPDATE event SET body = ? WHERE run = ? AND seq = ?", (body, run, seq))
        (at, run_hash) = db.execute(
            "SELECT at, run_hash FROM event WHERE run = ? AND seq = ?", (run, seq)
        ).fetchone()
        link = blanked_link(Entry(run, seq, at, FORMAT, body), run_hash)
        said = TextsForgotten(episode_id, "ada", "terminal", 1.0, (Blanked(run, seq, link),))
        entry = Entry(FORGETTING, 0, 1.0, FORMAT, encode(said))
        end = journal.end()
        new = linked(entry, after=Ends("", end.position, end.hash))
        db.execute(
            "INSERT INTO event (position, run, seq, at, form, body, run_hash, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            new.row(entry),
        )


@pytest.mark.parametrize(
    ("event", "run", "seq", "episode_id"),
    [
        (EvidenceAdded("n", "c", ("another word",)), "first", 2, "a"),
        (EvidenceAdded("n", "c", ("another word",)), "first", 2, "first"),
        (recalled("c"), "first", 1, "a"),
        (recalled("a"), "first", 1, "a"),
    ],
)
def test_a_forgetting_covers_no_other_change(
    file: SqliteJournal, event: EvidenceAdded | MemoryRecalled, run: str, seq: int, episode_id: str
) -> None:
    forged(file, encode(event), run=run, seq=seq, episode_id=episode_id)
    assert file.verify().problems
    with pytest.raises(Tampered):
        file.load(run)


def test_the_audit_names_who_forgot_what(journal: Records) -> None:
    journal.forget_texts("a", by="ada", where="terminal")
    (wish,) = journal.verify().forgettings
    assert (wish.by, wish.episode_id, len(wish.blanked)) == ("ada", "a", 2)


def test_a_text_that_nobody_asked_to_forget_cannot_be_blanked(file: SqliteJournal) -> None:
    file.forget_texts("a", by="ada", where="terminal")
    blank = "UPDATE event SET body = replace(body, 'zebra', '') WHERE run = 'third' AND seq = 1"
    (problem,) = altered(file, blank)
    assert "Event 1 of run third" in problem
    with pytest.raises(Tampered, match="Event 1 of run third"):
        file.load("third")
    assert file.load("first")


# ── moved, killed ────────────────────────────────────────────────────────────────────────────


def silent(_events: int) -> None:
    return


def test_what_was_forgotten_since_a_move_is_forgotten_where_it_goes_back(
    file: SqliteJournal, tmp_path: Path
) -> None:
    other = SqliteJournal(tmp_path / "other" / "journal.sqlite")
    with contextlib.closing(other):
        moved(file, other, told=silent)
        other.forget_texts("a", by="ada", where="terminal")
        assert holding(tmp_path / "state", f"{MARK}a")
        moved(other, file, told=silent)
        assert holding(tmp_path, f"{MARK}a") == []
        assert file.verify() == other.verify()
        assert file.verify().forgotten == 2
        assert file.runs() == other.runs()


@GROUP
def test_the_same_between_a_file_and_a_server(
    file: SqliteJournal, postgres_server: Server, tmp_path: Path
) -> None:
    address = postgres_server.emptied()
    with contextlib.closing(PostgresJournal(address, heads=tmp_path / "heads")) as server:
        moved(file, server, told=silent)
        server.forget_texts("a", by="ada", where="terminal")
        moved(server, file, told=silent)
        assert file.verify() == server.verify()
        file.forget_texts("b", by="ada", where="terminal")
        file.forget_texts("third", by="ada", where="terminal", with_run=True)
        moved(file, server, told=silent)
        assert file.verify() == server.verify()
        assert server.verify().forgotten == 5
        assert holding(postgres_server.data / "base", f"{MARK}b") == []
    assert holding(tmp_path, f"{MARK}a") == []


FORGETTER = """
import sys
from pathlib import Path
from playground.journal.sqlite import SqliteJournal

journal = SqliteJournal(Path(sys.argv[1]))
print("ready", flush=True)
journal.forget_texts("a", by="ada", where="terminal")
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("life", range(5))
def test_killed_while_it_forgets(tmp_path: Path, life: int) -> None:
    path = tmp_path / "journal.sqlite"
    with contextlib.closing(SqliteJournal(path)) as journal:
        fill(journal)
        for number in range(10):
            journal.append(f"more{number}", seq=0, event=opened(f"more {number} " + "x" * 20_000))
            journal.append(f"more{number}", seq=1, event=recalled("a"))
    command = [sys.executable, "-c", FORGETTER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(life * 0.005)
        process.kill()
        process.stdout.read()
    with contextlib.closing(SqliteJournal(path)) as journal:
        report = journal.verify()
        assert report.problems == ()
        assert report.forgotten in {0, 12}
        assert len(journal.forget_texts("a", by="ada", where="terminal")) == 12
        report = journal.verify()
        assert (report.problems, report.forgotten) == ((), 12)
        assert len(journal.runs()) == 13
    assert holding(tmp_path, f"{MARK}a") == []
    names = {path.name for path in tmp_path.iterdir()}
    assert names <= {f"journal.sqlite{end}" for end in ("", "-wal", "-shm")} | {"journal.head"}
