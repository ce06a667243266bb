"""Whatever is altered in the records, the audit finds it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from playground.domain.audits import AuditReport
from playground.domain.events import EvidenceAdded, RunEnded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.chain import Entry, journal_link, run_link
from playground.journal.sqlite import SqliteJournal

# One worker starts what the tests of this file share.
pytestmark = pytest.mark.xdist_group("audit")

RUNS = 3
EVENTS_OF_RUN = 5
EVENTS = RUNS * EVENTS_OF_RUN

Row = tuple[int, str, int, float, int, str, str, str]
Tampering = Callable[[sqlite3.Connection, st.DataObject], None]


def opened(number: int) -> TaskOpened:
    return TaskOpened(Task("/r", TaskKind.REQUEST, f"goal {number}", ()), Policy())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a journal of a few interleaved runs, closed and whole."""
    folder = tmp_path_factory.mktemp("whole")
    journal = SqliteJournal(folder / "journal.sqlite3", clock=iter(range(100, 999)).__next__)
    for seq in range(EVENTS_OF_RUN):
        for run in range(RUNS):
            event = EvidenceAdded("node", f"c{run}", (f"note {seq}",)) if seq else opened(run)
            last = seq == EVENTS_OF_RUN - 1 and run != 1
            journal.append(f"run{run}", seq=seq, event=RunEnded("x", "y") if last else event)
    assert journal.verify().problems == ()
    journal.close()
    return folder


def audited(folder: Path) -> AuditReport:
    journal = SqliteJournal(folder / "journal.sqlite3")
    try:
        return journal.verify()
    finally:
        journal.close()


def copied(whole: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    return folder


def rows(db: sqlite3.Connection) -> list[Row]:
    return db.execute("SELECT * FROM event ORDER BY position").fetchall()


def edit(db: sqlite3.Connection, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(rows(db)))
    column = data.draw(
        st.sampled_from(["position", "run", "seq", "at", "form", "body", "run_hash", "hash"])
    )
    value: object = data.draw(
        {
            "position": st.integers(-5, 999),
            "seq": st.integers(-5, 999),
            "form": st.integers(-5, 999),
            "at": st.floats(0, 2e9),
            "run": st.sampled_from(["run0", "run1", "run2", "other", ""]),
        }.get(column, st.text(alphabet='0123456789abcdef{}":', max_size=70))
    )
    assume(value not in row)
    statement = "UPDATE event SET COLUMN = ? WHERE position = ?".replace("COLUMN", column)
    try:
        db.execute(statement, (value, row[0]))
    except sqlite3.IntegrityError:
        assume(condition=False)


def edit_a_character(db: sqlite3.Connection, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(rows(db)))
    at = data.draw(st.integers(0, len(row[5]) - 1))
    character = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    assume(row[5][at] != character)
    body = row[5][:at] + character + row[5][at + 1 :]
    db.execute("UPDATE event SET body = ? WHERE position = ?", (body, row[0]))


def break_the_encoding(db: sqlite3.Connection, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(rows(db)))
    body = row[5].encode() + data.draw(st.sampled_from([b"\xff", b"\xed\xb3\xbf", b"\0"]))
    db.execute("UPDATE event SET body = CAST(? AS TEXT) WHERE position = ?", (body, row[0]))


def remove(db: sqlite3.Connection, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, EVENTS))
    last = data.draw(st.integers(first, EVENTS))
    db.execute("DELETE FROM event WHERE position BETWEEN ? AND ?", (first, last))


def remove_and_close_the_gap(db: sqlite3.Connection, data: st.DataObject) -> None:
    position = data.draw(st.integers(1, EVENTS - 1))
    db.execute("DELETE FROM event WHERE position = ?", (position,))
    for later in range(position + 1, EVENTS + 1):
        db.execute("UPDATE event SET position = ? WHERE position = ?", (later - 1, later))
    db.execute("UPDATE sqlite_sequence SET seq = ?", (EVENTS - 1,))


def remove_a_run(db: sqlite3.Connection, data: st.DataObject) -> None:
    run = data.draw(st.sampled_from(["run0", "run1", "run2"]))
    db.execute("DELETE FROM event WHERE run = ?", (run,))
    db.execute("DELETE FROM run WHERE id = ?", (run,))


def cut_the_end_without_a_trace_in_the_database(
    db: sqlite3.Connection, data: st.DataObject
) -> None:
    keep = data.draw(st.integers(0, EVENTS - 1))
    db.execute("DELETE FROM event WHERE position > ?", (keep,))
    db.execute("DELETE FROM run WHERE first > ?", (keep,))
    db.execute("UPDATE run SET ended = 0")
    db.execute("UPDATE sqlite_sequence SET seq = ?", (keep,))


def swap(db: sqlite3.Connection, data: st.DataObject) -> None:
    one, two = data.draw(st.lists(st.integers(1, EVENTS), min_size=2, max_size=2, unique=True))
    for old, new in ((one, -1), (two, one), (-1, two)):
        db.execute("UPDATE event SET position = ? WHERE position = ?", (new, old))


def forge(db: sqlite3.Connection, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(rows(db)))
    seq = data.draw(st.integers(EVENTS_OF_RUN, 9))
    position = EVENTS + data.draw(st.integers(1, 3))
    db.execute(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (position, row[1], seq, *row[3:])
    )


def lie_in_the_index(db: sqlite3.Connection, data: st.DataObject) -> None:
    statement = data.draw(
        st.sampled_from(
            [
                "DELETE FROM run WHERE id = 'run1'",
                "INSERT INTO run VALUES ('ghost', '/r', 'k', 1, 0)",
                "UPDATE run SET ended = 1 - ended WHERE id = 'run0'",
                "UPDATE run SET root = '/elsewhere' WHERE id = 'run2'",
                "UPDATE run SET key = 'k' WHERE id = 'run2'",
                "UPDATE run SET first = 2 WHERE id = 'run0'",
                "DROP INDEX run_by_key",
                "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END",
                "CREATE TABLE more (x)",
                "UPDATE sqlite_sequence SET seq = 99",
                "DELETE FROM sqlite_sequence",
            ]
        )
    )
    db.execute(statement)


TAMPERINGS: list[Tampering] = [
    edit,
    edit_a_character,
    break_the_encoding,
    remove,
    remove_and_close_the_gap,
    remove_a_run,
    cut_the_end_without_a_trace_in_the_database,
    swap,
    forge,
    lie_in_the_index,
]


def expect_found(whole: Path, folder: Path, *, tampering: Tampering, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data())
    def found(data: st.DataObject) -> None:
        copied(whole, folder)
        with contextlib.closing(sqlite3.connect(folder / "journal.sqlite3")) as db, db:
            tampering(db, data)
        report = audited(folder)
        assert report.problems
        assert all(problem.endswith(".") for problem in report.problems)

    found()


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda tampering: tampering.__name__)
def test_every_alteration_is_found(whole: Path, tmp_path: Path, tampering: Tampering) -> None:
    expect_found(whole, tmp_path / "altered", tampering=tampering, examples=8)


@pytest.mark.slow
@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda tampering: tampering.__name__)
def test_every_one_of_many_alterations_is_found(
    whole: Path, tmp_path: Path, tampering: Tampering
) -> None:
    expect_found(whole, tmp_path / "altered", tampering=tampering, examples=200)


HEADS: dict[str, bytes | None] = {
    "gone": None,
    "emptied": b"",
    "garbage": b"not a head",
    "longer": b"%020d %s\n " % (EVENTS, b"a" * 64),
    "ahead": b"%020d %s\n" % (EVENTS + 1, b"a" * 64),
    "another hash": b"%020d %s\n" % (EVENTS, b"a" * 64),
    "an old lie": b"%020d %s\n" % (3, b"a" * 64),
}


@pytest.mark.parametrize("content", HEADS.values(), ids=HEADS.keys())
def test_a_head_that_is_not_on_the_chain_is_found(
    whole: Path, tmp_path: Path, content: bytes | None
) -> None:
    folder = copied(whole, tmp_path / "altered")
    head = folder / "journal.head"
    if content is None:
        head.unlink()
    else:
        head.write_bytes(content)
    assert len(audited(folder).problems) == 1


def test_a_head_that_a_crash_left_behind_is_fine(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "behind")
    with contextlib.closing(sqlite3.connect(folder / "journal.sqlite3")) as db:
        row = db.execute("SELECT hash FROM event WHERE position = ?", (EVENTS - 1,)).fetchone()
    (folder / "journal.head").write_bytes(b"%020d %s\n" % (EVENTS - 1, row[0].encode()))
    assert audited(folder).problems == ()


def test_the_head_follows_every_event(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    assert (tmp_path / "journal.head").read_text() == f"{0:020d} {'-' * 64}\n"
    for number in range(1, 4):
        journal.append(f"run{number}", seq=0, event=opened(number))
        head = journal.verify().head
        assert (tmp_path / "journal.head").read_text() == f"{number:020d} {head}\n"
    journal.close()


def test_going_on_after_the_end_was_cut_off_does_not_hide_it(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "cut")
    with contextlib.closing(sqlite3.connect(folder / "journal.sqlite3")) as db, db:
        db.execute("DELETE FROM event WHERE position > ?", (EVENTS - 2,))
        db.execute("UPDATE sqlite_sequence SET seq = ?", (EVENTS - 2,))
        db.execute("UPDATE run SET ended = 0")
    journal = SqliteJournal(folder / "journal.sqlite3")
    for number in range(5):
        journal.append(f"later{number}", seq=0, event=opened(100 + number))
    assert any("head" in problem for problem in journal.verify().problems)
    journal.close()


def test_one_edit_is_one_sentence_that_names_the_event(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "edited")
    with contextlib.closing(sqlite3.connect(folder / "journal.sqlite3")) as db, db:
        db.execute("UPDATE event SET body = replace(body, 'note', 'vote') WHERE position = 5")
    report = audited(folder)
    assert len(report.problems) == 1
    assert "Event 1 of run run1 at position 5" in report.problems[0]
    assert (report.events, report.runs) == (EVENTS, RUNS)


def test_a_position_is_never_given_out_twice(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "gap")
    with contextlib.closing(sqlite3.connect(folder / "journal.sqlite3")) as db, db:
        db.execute("DELETE FROM event WHERE position = ?", (EVENTS,))
        db.execute("UPDATE run SET ended = 0 WHERE id = 'run2'")
        row = db.execute("SELECT hash FROM event WHERE position = ?", (EVENTS - 1,)).fetchone()
    (folder / "journal.head").write_bytes(b"%020d %s\n" % (EVENTS - 1, row[0].encode()))
    journal = SqliteJournal(folder / "journal.sqlite3")
    journal.append("run2", seq=EVENTS_OF_RUN - 1, event=RunEnded("x", "another end"))
    assert [position for position, _ in journal.tail(after=EVENTS - 2)] == [EVENTS - 1, EVENTS + 1]
    assert journal.verify().problems
    journal.close()


def test_a_link_depends_on_everything_that_it_binds() -> None:
    entry = Entry("run", 3, 1.5, 1, "{}")
    others = [
        replace(entry, run="ran"),
        replace(entry, seq=4),
        replace(entry, at=1.25),
        replace(entry, form=2),
        replace(entry, body="{ }"),
    ]
    links = [run_link(e, previous="p") for e in (entry, *others)] + [run_link(entry, previous="q")]
    assert len(set(links)) == len(links)
    chained = {
        journal_link(link, position=position, previous=previous)
        for link in ("a", "b")
        for position in (1, 2)
        for previous in ("p", "q")
    }
    assert len(chained) == 8
