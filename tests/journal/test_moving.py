"""A journal that is moved: the same events, hashes and head, or a sentence and nothing lost."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cutting import Cutter
from postgres_server import GROUP, Server

from playground.domain.audits import AuditReport
from playground.domain.campaigns import Bounds, CampaignOpened, WorkerSeen
from playground.domain.errors import BadInput, Conflict, StorageUnavailable, Tampered
from playground.domain.events import EvidenceAdded, RunEnded, TaskOpened, UndoRequested
from playground.domain.tasks import Policy, Task, TaskKind
from playground.journal.head import Head
from playground.journal.moving import PAGE_ROWS, Page, moved
from playground.journal.places import JournalPlaces
from playground.journal.postgres import PostgresJournal
from playground.journal.sqlite import SqliteJournal

RUNS = 30
Journal = SqliteJournal | PostgresJournal


def fill(journal: SqliteJournal | PostgresJournal, *, name: str = "run", runs: int = RUNS) -> None:
    """Records runs of many kinds, interleaved, and a campaign."""
    begun = CampaignOpened("/r", (), (), (), "", Bounds(), (), (), "me", 1.0)
    journal.append_campaign(f"campaign/{name}", seq=0, event=begun)
    for number in range(runs):
        task = Task("/r", TaskKind.REQUEST, f"{name} {number} \U0001f600", ())
        journal.append(f"{name}{number}", seq=0, event=TaskOpened(task, Policy()))
    for number in range(runs):
        text = f"a\0b\udce9 'x' {number} " + "y" * (number * 37 % 500)
        journal.append(f"{name}{number}", seq=1, event=EvidenceAdded("n", "c", (text,)))
        journal.append_campaign(f"campaign/{name}", seq=number + 1, event=WorkerSeen("w", 1.0, 2.0))
        if number % 2:
            journal.append(f"{name}{number}", seq=2, event=RunEnded("gave_up", "no more"))
        if number % 4 == 1:
            journal.append(f"{name}{number}", seq=3, event=UndoRequested("me", "here", 1.0))


@pytest.fixture
def source(tmp_path: Path) -> Iterator[SqliteJournal]:
    with contextlib.closing(SqliteJournal(tmp_path / "source.sqlite")) as journal:
        fill(journal)
        yield journal


@pytest.fixture
def target(tmp_path: Path) -> Iterator[SqliteJournal]:
    with contextlib.closing(SqliteJournal(tmp_path / "target.sqlite")) as journal:
        yield journal


def silent(_events: int) -> None:
    return


def same(one: SqliteJournal | PostgresJournal, other: SqliteJournal | PostgresJournal) -> None:
    assert one.verify() == other.verify()
    assert one.verify().problems == ()
    assert one.verify().events > PAGE_ROWS
    assert list(one.tail()) == list(other.tail())
    assert one.runs() == other.runs()
    assert one.runs(open_only=True) == other.runs(open_only=True)
    assert one.campaigns() == other.campaigns()
    for name in one.campaigns():
        assert one.campaign_events(name) == other.campaign_events(name)


def test_all_is_there_and_goes_on_there(source: SqliteJournal, target: SqliteJournal) -> None:
    told: list[int] = []
    report = moved(source, target, told=told.append)
    assert told[-1] == report.events == source.verify().events
    assert told == sorted(told)
    assert len(told) > 1
    same(source, target)
    fill(target, name="later", runs=3)
    assert target.verify().problems == ()


def test_an_empty_journal_moves_too(target: SqliteJournal, tmp_path: Path) -> None:
    with contextlib.closing(SqliteJournal(tmp_path / "empty.sqlite")) as source:
        assert moved(source, target, told=silent).events == 0


class Stopped(Exception):
    """Somebody pulled the plug."""


def test_what_was_stopped_goes_on(source: SqliteJournal, target: SqliteJournal) -> None:
    def stop(_events: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        moved(source, target, told=stop)
    assert target.end().position == PAGE_ROWS
    told: list[int] = []
    moved(source, target, told=told.append)
    assert min(told) > PAGE_ROWS
    same(source, target)
    assert moved(source, target, told=told.append).events == told[-1]


def test_going_back_copies_what_is_new(source: SqliteJournal, target: SqliteJournal) -> None:
    moved(source, target, told=silent)
    fill(target, name="later", runs=3)
    told: list[int] = []
    moved(target, source, told=told.append)
    assert len(told) == 1
    same(source, target)


def test_another_history_is_refused(source: SqliteJournal, target: SqliteJournal) -> None:
    fill(target, name="other", runs=1)
    before = target.verify()
    with pytest.raises(BadInput, match="empty place"):
        moved(source, target, told=silent)
    assert target.verify() == before


def test_a_place_that_has_gone_on_is_refused(source: SqliteJournal, target: SqliteJournal) -> None:
    moved(source, target, told=silent)
    fill(target, name="later", runs=1)
    with pytest.raises(BadInput, match=r"lies at .*target\.sqlite already"):
        moved(source, target, told=silent)
    source.reopen()
    with pytest.raises(BadInput, match="empty place"):
        moved(source, target, told=silent)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=GROUP)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """An empty journal of each kind."""
    if request.param == "sqlite":
        journal: Journal = SqliteJournal(tmp_path / "place.sqlite")
    else:
        server: Server = request.getfixturevalue("postgres_server")
        journal = PostgresJournal(server.emptied(), heads=tmp_path / "heads")
    with contextlib.closing(journal):
        yield journal


def test_where_it_was_takes_nothing_until_it_is_moved_back(
    source: SqliteJournal, place: Journal
) -> None:
    moved(source, place, told=silent)
    assert (source.moved_to(), place.moved_to()) == (place.name, "")
    before = source.verify()
    with pytest.raises(StorageUnavailable) as refused:
        fill(source, name="late", runs=1)
    assert place.name in str(refused.value)
    assert "playground journal reopen" in str(refused.value)
    assert source.verify() == before
    fill(place, name="later", runs=1)
    moved(place, source, told=silent)
    same(source, place)
    with pytest.raises(StorageUnavailable, match=re.escape(source.name)):
        fill(place, name="late", runs=1)
    assert place.verify().problems == ()
    fill(source, name="last", runs=1)


def test_what_was_moved_can_be_opened_again(source: SqliteJournal, place: Journal) -> None:
    moved(source, place, told=silent)
    for journal in (source, place):
        journal.reopen()
        assert journal.moved_to() == ""
        fill(journal, name="again", runs=1)
        assert journal.verify().problems == ()


def test_one_that_has_gone_on_or_away_cannot_be_left(place: Journal) -> None:
    end = place.end()
    fill(place, name="on", runs=1)
    with pytest.raises(Conflict, match="recorded while"):
        place.leave(place="elsewhere", end=end)
    place.leave(place="elsewhere", end=place.end())
    place.leave(place="elsewhere", end=place.end())
    with pytest.raises(Conflict, match="moved to elsewhere"):
        place.leave(place="nowhere", end=place.end())


class Power:
    """Goes out before or after one of the steps that change something."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def around(self, step: Callable[[], None]) -> None:
        for do in (lambda: None, step, lambda: None):
            if self.left == 0:
                raise Stopped
            self.left -= 1
            do()


class Stoppable(SqliteJournal):
    """A journal of a process whose power goes out."""

    power: Power

    def take(self, page: Page) -> None:
        self.power.around(lambda: super(Stoppable, self).take(page))

    def leave(self, *, place: str, end: Head) -> None:
        self.power.around(lambda: super(Stoppable, self).leave(place=place, end=end))

    def reopen(self) -> None:
        self.power.around(super().reopen)


@pytest.mark.slow
def test_at_no_moment_do_both_take_events(tmp_path: Path) -> None:
    moment, was_whole = 0, False
    while not was_whole:
        folder = tmp_path / str(moment)
        with (
            contextlib.closing(Stoppable(folder / "one.sqlite")) as one,
            contextlib.closing(Stoppable(folder / "two.sqlite")) as two,
        ):
            fill(one)
            one.power = two.power = Power(moment)
            with contextlib.suppress(Stopped):
                moved(one, two, told=silent)
                was_whole = True
            one.power = two.power = Power(-1)
            takers = [j for j in (one, two) if not j.moved_to() and j.end().position]
            assert len(takers) <= 1
            if not takers and moment % 2:  # back works as well as on
                moved(two, one, told=silent)
                assert (one.moved_to(), two.moved_to()) == ("", one.name)
            else:
                moved(one, two, told=silent)
                assert (one.moved_to(), two.moved_to()) == (two.name, "")
            same(one, two)
        moment += 1
    assert moment > 10


def test_what_does_not_add_up_is_not_moved(
    source: SqliteJournal, target: SqliteJournal, tmp_path: Path
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "source.sqlite")) as db, db:
        db.execute("UPDATE event SET at = 0 WHERE position = 7")
    with pytest.raises(Tampered, match="to be moved"):
        moved(source, target, told=silent)
    assert target.end().position == 0


class Late(SqliteJournal):
    """A target at whose audit, when all is copied, somebody records at the source once more."""

    source: SqliteJournal

    def verify(self) -> AuditReport:
        fill(self.source, name=f"late{self.source.end().position}", runs=1)
        return super().verify()


def test_what_is_recorded_meanwhile_is_noticed(source: SqliteJournal, tmp_path: Path) -> None:
    with contextlib.closing(Late(tmp_path / "target.sqlite")) as late:
        late.source = source
        with pytest.raises(Conflict, match="recorded while"):
            moved(source, late, told=silent)
    with contextlib.closing(SqliteJournal(tmp_path / "target.sqlite")) as target:
        moved(source, target, told=silent)
        same(source, target)


def test_two_moves_to_one_place_do_not_mix(source: SqliteJournal, target: SqliteJournal) -> None:
    def rival(_events: int) -> None:
        moved(source, target, told=silent)

    with pytest.raises(Conflict, match="Somebody else"):
        moved(source, target, told=rival)
    same(source, target)


def test_the_place_where_it_lies_is_no_place_to_move_to(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="already"):
        JournalPlaces("", str, tmp_path).move("file", told=silent)


# ── to a server ──────────────────────────────────────────────────────────────────────────────


@GROUP
def test_to_a_server_and_back(
    source: SqliteJournal, postgres_server: Server, tmp_path: Path
) -> None:
    postgres_server.emptied()
    url = postgres_server.url
    state = tmp_path / "state"
    with contextlib.closing(SqliteJournal(state / "journal.sqlite")) as journal:
        moved(source, journal, told=silent)
    report = JournalPlaces("", str, state).move(url, told=silent)
    assert report == source.verify()
    with contextlib.closing(
        PostgresJournal(postgres_server.address(), heads=state / "heads")
    ) as there:
        same(source, there)
        fill(there, name="there", runs=3)
        JournalPlaces(url, str, state).move("file", told=silent)
        with contextlib.closing(SqliteJournal(state / "journal.sqlite")) as back:
            same(there, back)


@GROUP
def test_a_page_whose_commit_got_no_answer_is_there_once(
    source: SqliteJournal, postgres_server: Server, tmp_path: Path
) -> None:
    folder = postgres_server.folder / "moving"
    folder.mkdir()
    cutter = Cutter(postgres_server.emptied(), folder)
    with contextlib.closing(PostgresJournal(cutter.address, heads=tmp_path / "heads")) as there:
        for after in (True, False):
            cutter.cut_at_commit(after=after)
        moved(source, there, told=silent)
        same(source, there)
    cutter.close()


MOVER = """
import sys
from pathlib import Path
from playground.journal.places import JournalPlaces

def told(events):
    print(events, flush=True)

JournalPlaces("", str, Path(sys.argv[1])).move(sys.argv[2], told=told)
print("done", flush=True)
"""


@pytest.mark.slow
@GROUP
def test_moves_that_are_killed_lose_nothing(postgres_server: Server, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with contextlib.closing(SqliteJournal(state / "journal.sqlite")) as source:
        for part in range(10):
            fill(source, name=f"part{part}")
    postgres_server.emptied()
    command = [sys.executable, "-c", MOVER, str(state), postgres_server.url]
    for _ in range(5):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.kill()
    last = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert last.endswith("done\n")
    with (
        contextlib.closing(SqliteJournal(state / "journal.sqlite")) as here,
        contextlib.closing(
            PostgresJournal(postgres_server.address(), heads=state / "heads")
        ) as there,
    ):
        same(here, there)
