"""What every journal promises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import GROUP, Server

from playground.domain.campaigns import (
    Bounds,
    CampaignEnded,
    CampaignOpened,
    Records,
    WorkerSeen,
)
from playground.domain.errors import BadInput, Conflict
from playground.domain.events import EvidenceAdded, Recorded, RunEnded, TaskOpened, UndoRequested
from playground.domain.ports import Journal
from playground.domain.runs import Run
from playground.domain.tasks import FileRef, Policy, Task, TaskKind
from playground.journal.postgres import PostgresJournal
from playground.journal.sqlite import SqliteJournal
from playground.testing import MemoryJournal


def opened(goal: str = "g", *, root: str = "/r") -> TaskOpened:
    return TaskOpened(Task(root, TaskKind.REQUEST, goal, ()), Policy())


def noted(text: str) -> EvidenceAdded:
    return EvidenceAdded("node", "candidate", (text,))


ENDED = RunEnded("gave_up", "no more attempts")


@pytest.fixture(params=["sqlite", "memory", pytest.param("postgres", marks=GROUP)])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    ticks = iter(range(1_000, 10_000))

    def clock() -> float:
        return float(next(ticks))

    if request.param == "memory":
        yield MemoryJournal(clock=clock)
        return
    journal: Records
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres_server")
        journal = PostgresJournal(server.emptied(), heads=tmp_path / "heads", clock=clock)
    else:
        journal = SqliteJournal(tmp_path / "state" / "journal.sqlite3", clock=clock)
    yield journal
    journal.close()


def test_a_new_journal_is_empty(journal: Journal) -> None:
    assert journal.runs() == []
    assert list(journal.tail()) == []
    assert journal.position() == 0
    assert journal.newest_with_key("k") is None
    report = journal.verify()
    assert (report.events, report.runs, report.head, report.problems) == (0, 0, "", ())


def test_what_is_appended_is_loaded_in_order(journal: Journal) -> None:
    events = (opened(), noted("one"), ENDED)
    for seq, event in enumerate(events):
        journal.append("run1", seq=seq, event=event)
    assert journal.load("run1") == Run("run1", events)


@pytest.mark.parametrize("seq", [0, 1, 3, -1])
def test_only_the_next_number_is_taken(journal: Journal, seq: int) -> None:
    journal.append("run1", seq=0, event=opened())
    journal.append("run1", seq=1, event=noted("one"))
    with pytest.raises(Conflict, match="2 is next"):
        journal.append("run1", seq=seq, event=noted("other"))
    assert len(journal.load("run1").events) == 2


def test_a_run_begins_at_zero_with_its_task(journal: Journal) -> None:
    with pytest.raises(Conflict):
        journal.append("run1", seq=1, event=opened())
    with pytest.raises(BadInput):
        journal.append("run1", seq=0, event=ENDED)
    assert journal.runs() == []


def test_unknown_runs_are_bad_input(journal: Journal) -> None:
    for ask in (journal.load, journal.find):
        with pytest.raises(BadInput, match="nothing"):
            ask("nothing")


def test_a_prefix_finds_the_one_run(journal: Journal) -> None:
    for run_id in ("abc1", "abd2", "ab%3", "abd"):
        journal.append(run_id, seq=0, event=opened(run_id))
    assert journal.find("abc") == "abc1"
    assert journal.find("abd") == "abd"
    assert journal.find("ab%") == "ab%3"
    with pytest.raises(BadInput, match="4 run ids"):
        journal.find("ab")
    with pytest.raises(BadInput):
        journal.find("")
    with pytest.raises(BadInput):
        journal.find("ABC")
    with pytest.raises(BadInput):
        journal.find("a\udce9")


def test_runs_come_oldest_first_and_narrowed(journal: Journal) -> None:
    for run_id, root in (("z", "/one"), ("a", "/two"), ("m", "/one"), ("b", "/two")):
        journal.append(run_id, seq=0, event=opened(run_id, root=root))
    journal.append("z", seq=1, event=ENDED)
    journal.append("b", seq=1, event=ENDED)
    journal.append("b", seq=2, event=UndoRequested("me", "here", 1.0))

    def ids(runs: list[Run]) -> list[str]:
        return [run.id for run in runs]

    assert ids(journal.runs()) == ["z", "a", "m", "b"]
    assert ids(journal.runs(root="/one")) == ["z", "m"]
    assert ids(journal.runs(open_only=True)) == ["a", "m", "b"]
    assert ids(journal.runs(root="/two", open_only=True)) == ["a", "b"]
    assert ids(journal.runs(root="/none")) == []
    assert len(journal.runs(root="/two")[1].events) == 3


def test_the_newest_run_with_a_key(journal: Journal) -> None:
    for run_id, goal in (("one", "g"), ("two", "g"), ("three", "h")):
        journal.append(run_id, seq=0, event=opened(goal))
        journal.append(run_id, seq=1, event=ENDED)
    journal.append("one", seq=2, event=UndoRequested("me", "later, but opened earlier", 1.0))
    found = journal.newest_with_key(opened("g").task.key)
    assert found is not None
    assert found.id == "two"


def test_a_task_has_one_unfinished_run(journal: Journal) -> None:
    journal.append("one", seq=0, event=opened())
    with pytest.raises(Conflict, match="one"):
        journal.append("two", seq=0, event=opened())
    journal.append("other", seq=0, event=opened("another"))
    journal.append("one", seq=1, event=ENDED)
    journal.append("two", seq=0, event=opened())
    assert [run.id for run in journal.runs(open_only=True)] == ["other", "two"]


def test_names_that_are_not_utf8_are_kept_as_they_are(journal: Records) -> None:
    root, goal = "/home/\udcff/r", "say \ud800 and \\ud800"
    journal.append("run1", seq=0, event=opened(goal, root=root))
    journal.append("run1", seq=1, event=noted("\udcfe"))
    found = journal.newest_with_key(opened(goal, root=root).task.key)
    assert found == journal.load("run1") == Run("run1", (opened(goal, root=root), noted("\udcfe")))
    assert journal.runs(root=root, open_only=True) == [found]
    assert journal.runs(root="/home/\udcfe/r") == []
    journal.append_campaign("campaign/a", seq=0, event=begun(root))
    assert journal.campaign_events("campaign/a") == [begun(root)]
    assert journal.verify().problems == ()


def test_a_key_is_the_same_in_every_version() -> None:
    task = Task("/r/é", TaskKind.REQUEST, "say ü", (FileRef("a.py", "0" * 64),))
    assert task.key == "6ccce938b9f0050a32ed7843fea8b730"


def test_of_many_threads_exactly_one_opens_a_task(journal: Journal) -> None:
    barrier = threading.Barrier(4)
    won: list[str] = []

    def work(name: str) -> None:
        for task in range(10):
            barrier.wait(60)
            try:
                journal.append(f"{name}{task}", seq=0, event=opened(f"g{task}"))
                won.append(f"g{task}")
            except Conflict:
                continue

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [f"g{task}" for task in range(10)]


def test_the_tail_goes_on_where_one_stopped(journal: Journal) -> None:
    journal.append("a", seq=0, event=opened())
    journal.append("b", seq=0, event=opened("h"))
    journal.append("a", seq=1, event=ENDED)
    everything = list(journal.tail())
    assert journal.position() == 3
    assert everything == [
        (1, Recorded("a", 0, 1000.0, opened())),
        (2, Recorded("b", 0, 1001.0, opened("h"))),
        (3, Recorded("a", 1, 1002.0, ENDED)),
    ]
    assert list(journal.tail(after=2)) == everything[2:]
    assert list(journal.tail(after=3)) == []
    third = everything[2][1].at
    assert list(journal.tail(since=third)) == [e for e in everything if e[1].at >= third]
    assert list(journal.tail(after=2, since=third + 1)) == []


def test_verify_counts_and_agrees_with_itself(journal: Journal) -> None:
    journal.append("a", seq=0, event=opened())
    first = journal.verify()
    journal.append("b", seq=0, event=opened("h"))
    journal.append("b", seq=1, event=ENDED)
    report = journal.verify()
    assert (report.events, report.runs, report.problems) == (3, 2, ())
    assert len(report.head) == 64
    assert report.head != first.head
    assert journal.verify() == report


def test_of_many_threads_exactly_one_records_each_step(journal: Journal) -> None:
    journal.append("run", seq=0, event=opened())
    won: list[int] = []

    def work() -> None:
        for seq in range(1, 11):
            try:
                journal.append("run", seq=seq, event=noted("mine"))
                won.append(seq)
            except Conflict:
                continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(1, 11))
    assert len(journal.load("run").events) == 11
    assert journal.verify().problems == ()


def test_closing_twice_is_harmless(journal: Journal) -> None:
    journal.close()
    journal.close()


def begun(root: str = "/r") -> CampaignOpened:
    return CampaignOpened(root, (), (), (), "", Bounds(), (), (), "me", 1.0)


def test_a_campaign_is_a_list_of_events_of_its_own(journal: Records) -> None:
    journal.append("run1", seq=0, event=opened())
    events = (begun(), WorkerSeen("w", 60.0, 2.0), CampaignEnded("done", "all", 3.0))
    for seq, event in enumerate(events):
        journal.append_campaign("campaign/a/000001", seq=seq, event=event)
    assert journal.campaign_events("campaign/a/000001") == list(events)
    assert journal.campaign_events("campaign/a/000001", start=2) == list(events[2:])
    assert journal.campaign_events("campaign/a/000001", start=3) == []
    assert journal.campaign_events("campaign/b/000001") == []
    assert [run.id for run in journal.runs()] == ["run1"]
    assert [record.run_id for _position, record in journal.tail()] == ["run1"]
    assert journal.verify().problems == ()
    assert journal.verify().runs == 1


def test_each_number_of_a_campaign_is_taken_once(journal: Records) -> None:
    journal.append_campaign("campaign/a", seq=0, event=begun())
    for seq in (0, 2, -1):
        with pytest.raises(Conflict, match="1 is next"):
            journal.append_campaign("campaign/a", seq=seq, event=WorkerSeen("w", 1.0, 2.0))
    with pytest.raises(BadInput):
        journal.append_campaign("campaign/b", seq=0, event=WorkerSeen("w", 1.0, 2.0))
    with pytest.raises(BadInput):
        journal.append_campaign("other", seq=0, event=begun())
    assert journal.campaigns() == ["campaign/a"]


def test_campaigns_are_found_by_their_beginning(journal: Records) -> None:
    for name in ("campaign/b/2", "campaign/b/1", "campaign/a/1"):
        journal.append_campaign(name, seq=0, event=begun())
    assert journal.campaigns() == ["campaign/a/1", "campaign/b/1", "campaign/b/2"]
    assert journal.campaigns("campaign/b/") == ["campaign/b/1", "campaign/b/2"]
    assert journal.campaigns("campaign/c") == []


def test_a_worker_is_gone_when_it_has_died_and_not_before(journal: Records) -> None:
    me, other = journal.join(), journal.join()
    assert me.id != other.id
    assert me.gone([me.id, other.id]) == frozenset()
    me.close()
    other.close()
    other.close()
