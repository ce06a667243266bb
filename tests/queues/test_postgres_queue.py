"""The queue on a real PostgreSQL: what a worker and whoever hands out see of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pgqueuer.domain.settings import DBSettings
from postgres_server import GROUP, Server
from queue_world import Hand, order
from waiting import until

from playground.domain.errors import StorageUnavailable
from playground.domain.queues import Look, Setback, Trouble
from playground.journal.server.session import Session
from playground.queues.postgres import PgRunQueue, settings
from playground.queues.working import Check

pytestmark = [GROUP, pytest.mark.slow]


@pytest.fixture
def database(postgres_server: Server) -> Server:
    with closing(postgres_server.session()) as session:
        session.tell("DROP SCHEMA IF EXISTS playground_queue CASCADE")
    return postgres_server


@pytest.fixture
def queue(database: Server) -> Iterator[PgRunQueue]:
    with closing(PgRunQueue(database.address())) as opened:
        yield opened


def held(release: threading.Event) -> Callable[[object, Check], None]:
    """Returns work that goes on until it is released, looking between its steps."""

    def work(_order: object, check: Check) -> None:
        while not release.wait(0.02):
            check()

    return work


def test_a_run_has_one_open_order(queue: PgRunQueue) -> None:
    first = queue.put(order("one"))
    assert queue.put(order("one", priority=5)) == first
    assert queue.put(order("two")) != first
    assert queue.look([first]) == {first: Look(open=True)}
    queue.withdraw([first])
    assert not queue.look([first])[first].open
    assert queue.put(order("one")) != first


def test_what_nobody_knows_is_not_in_the_answer(queue: PgRunQueue) -> None:
    assert queue.look([4711]) == {}
    assert queue.look([]) == {}


def test_each_run_is_brought_to_rest_once_by_two_workers(
    database: Server, queue: PgRunQueue
) -> None:
    names = [f"run{number}" for number in range(40)]
    numbers = [queue.put(order(name)) for name in names]
    with Hand(database, parallel=3) as one, Hand(database, parallel=3) as two:
        until(lambda: len(one.ended) + len(two.ended) >= len(names))
        until(lambda: not any(look.open for look in queue.look(numbers).values()))
    assert sorted(one.begun + two.begun) == sorted(names)


def test_higher_priorities_come_first(database: Server, queue: PgRunQueue) -> None:
    for name, priority in (("low", 0), ("high", 10), ("middle", 5)):
        queue.put(order(name, priority=priority))
    with Hand(database) as hand:
        until(lambda: len(hand.ended) == 3)
    assert hand.begun == ["high", "middle", "low"]


def test_a_worker_takes_no_more_than_it_has_room_for(database: Server, queue: PgRunQueue) -> None:
    release = threading.Event()
    numbers = [queue.put(order(name)) for name in ("one", "two", "three")]
    with Hand(database, parallel=1, work=held(release)) as hand:
        until(lambda: len(hand.begun) == 1)
        time.sleep(0.5)
        assert sum(look.taken for look in queue.look(numbers).values()) == 1
        release.set()
        until(lambda: len(hand.ended) == 3)


def test_a_worker_takes_runs_of_its_repository_alone(database: Server, queue: PgRunQueue) -> None:
    queue.put(order("other", root="/other"))
    queue.put(order("mine"))
    with Hand(database) as hand:
        until(lambda: len(hand.ended) == 1)
        time.sleep(0.5)
    assert hand.begun == ["mine"]


def test_a_setback_reaches_whoever_handed_out(database: Server, queue: PgRunQueue) -> None:
    setback = Setback(Trouble.ELSEWHERE, "It's another file.", "tree")
    number = queue.put(order("one"))
    with Hand(database, work=lambda _order, _check: setback) as hand:
        until(lambda: not queue.look([number])[number].open)
        assert queue.look([number])[number].setback == setback
        assert any("It's another file. Taking no run for 1 s." in said for said in hand.said)
    again = queue.put(order("one"))
    assert again != number


def test_a_defect_of_a_worker_is_a_setback(database: Server, queue: PgRunQueue) -> None:
    def broken(_order: object, _check: Check) -> None:
        raise ZeroDivisionError

    number = queue.put(order("one"))
    with Hand(database, work=broken):
        until(lambda: queue.look([number])[number].setback is not None)
    setback = queue.look([number])[number].setback
    assert setback is not None
    assert "ZeroDivisionError" in setback.reason


def test_an_order_that_is_withdrawn_stops_its_worker(database: Server, queue: PgRunQueue) -> None:
    number = queue.put(order("one"))
    with Hand(database, work=held(threading.Event())) as hand:
        until(lambda: hand.begun == ["one"])
        queue.withdraw([number])
        queue.put(order("two"))
        until(lambda: hand.begun == ["one", "two"])


def test_a_worker_that_ends_gives_its_runs_back(database: Server, queue: PgRunQueue) -> None:
    number = queue.put(order("one"))
    with Hand(database, work=held(threading.Event())) as hand:
        until(lambda: hand.begun == ["one"])
    look = queue.look([number])[number]
    assert (look.open, look.taken) == (True, False)
    with Hand(database) as other:
        until(lambda: other.ended == ["one"])


def test_a_worker_that_is_silent_for_too_long_loses_its_run(
    database: Server, queue: PgRunQueue
) -> None:
    number = queue.put(order("one"))
    release = threading.Event()
    # one that is heard so seldom is not heard again while this test runs
    with Hand(database, work=held(release), silent_max_s=7_200) as hand:
        until(lambda: hand.begun == ["one"])
        with closing(database.session()) as session:  # as if it had not been heard for long
            session.tell(
                "UPDATE playground_queue.pgqueuer SET heartbeat = now() - interval '1 hour', "
                "queue_manager_id = gen_random_uuid()"
            )
        with Hand(database) as other:
            until(lambda: other.ended == ["one"])
            until(lambda: not queue.look([number])[number].open)
        release.set()


def test_the_heartbeat_goes_on_while_the_work_blocks_its_thread(
    database: Server, queue: PgRunQueue
) -> None:
    queue.put(order("one"))
    release = threading.Event()

    def blocking(_order: object, _check: Check) -> None:
        release.wait(60)

    def beats(session: Session) -> str:
        return str(session.tell("SELECT heartbeat FROM playground_queue.pgqueuer")[0][0])

    with Hand(database, work=blocking, silent_max_s=4) as hand:
        until(lambda: hand.begun == ["one"])
        with closing(database.session()) as session:
            seen: set[str] = set()
            until(lambda: seen.add(beats(session)) or len(seen) >= 3)
        release.set()


LEFT = """
SELECT (SELECT count(*) FROM playground_queue.pgqueuer),
    (SELECT count(*) FROM playground_queue.pgqueuer_statistics),
    (SELECT count(*) FROM playground_queue.pgqueuer_log WHERE created < now() - interval '1 day')
"""
AGED = """
UPDATE playground_queue.pgqueuer_log SET created = now() - interval '2 days' WHERE job_id IN
    (SELECT job_id FROM playground_queue.pgqueuer_log WHERE status = 'successful')
"""
MANY = """
INSERT INTO playground_queue.pgqueuer_log (created, job_id, status, priority, entrypoint)
SELECT now() - interval '25 hours', 99, 'successful', 0, 'x' FROM generate_series(1, 3000)
"""


def test_the_queue_keeps_nothing_that_is_over_but_a_day_of_its_log(
    database: Server, queue: PgRunQueue
) -> None:
    setback = Setback(Trouble.ERROR, "It is no Python.")
    works: list[Setback | None] = [setback, None]
    numbers = [queue.put(order(name)) for name in ("good", "bad")]
    withdrawn = queue.put(order("withdrawn", root="/other"))
    queue.withdraw([withdrawn])
    with Hand(database, work=lambda _order, _check: works.pop()):
        until(lambda: not any(look.open for look in queue.look(numbers).values()))
    with closing(database.session()) as session:
        session.tell(AGED)
        session.tell(MANY)  # as after thousands of runs
        assert session.tell(LEFT) == [[0, 0, 3003]]
    for number in range(400):
        queue.put(order(f"run{number}", root="/other"))
    with closing(database.session()) as session:
        assert session.tell(LEFT) == [[400, 0, 0]]
    assert setback in [look.setback for look in queue.look(numbers).values()]


def test_names_of_tables_come_from_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    for name in ("prefix", "schema", *DBSettings.model_fields):
        monkeypatch.setenv(f"PGQUEUER_{name.upper()}", "false" if name == "widen_id" else "other")
        monkeypatch.setenv(name.upper(), "false" if name == "widen_id" else "other")
    assert settings() == before


def test_workers_and_those_who_hand_out_survive_a_crash_of_the_database() -> None:
    database = Server(careful=True)
    try:
        with (
            closing(PgRunQueue(database.address())) as queue,
            Hand(database, parallel=2, silent_max_s=5) as hand,
        ):
            queue.put(order("before"))
            until(lambda: hand.ended == ["before"])
            database.stop("immediate")
            until(lambda: any("cannot be reached" in said for said in hand.said))
            database.start()
            numbers = [queue.put(order(f"after{number}")) for number in range(10)]
            until(lambda: len(set(hand.ended)) == 11)
            until(lambda: not any(look.open for look in queue.look(numbers).values()))
        assert "The database is back." in hand.said
        assert hand.errors == []
    finally:
        database.close()


def as_user(database: Server, *statements: str) -> None:
    """Makes a user without rights, then runs what gives it some."""
    with closing(database.session()) as session:
        session.tell(
            "DO $$ BEGIN CREATE ROLE poor LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"
        )
        for statement in statements:
            session.tell(statement)


def test_a_user_without_rights_is_told_what_is_missing(database: Server) -> None:
    as_user(database)
    with pytest.raises(StorageUnavailable, match="rights that it needs"):
        PgRunQueue(replace(database.address(), user="poor"))


def test_the_rights_that_the_documentation_names_are_enough(
    database: Server, queue: PgRunQueue
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "workers.md").read_text("utf-8")
    grants = [line for line in page.splitlines() if line.startswith("GRANT ")]
    assert len(grants) == 3
    as_user(database, *(grant.replace("TO worker", "TO poor") for grant in grants))
    number = queue.put(order("one"))
    setback = Setback(Trouble.ERROR, "It is no Python.")
    with Hand(database, user="poor") as hand:
        until(lambda: hand.ended == ["one"])
        until(lambda: not queue.look([number])[number].open)
    number = queue.put(order("two"))
    with Hand(database, user="poor", work=lambda _order, _check: setback) as hand:
        until(lambda: queue.look([number])[number].setback == setback)
    assert hand.errors == []


def test_a_database_that_is_not_there_is_said() -> None:
    database = Server()
    address = database.address()
    database.close()
    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        PgRunQueue(address, patience_s=0.5)
