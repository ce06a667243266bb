#!/usr/bin/env python3
"""How many queued runs a second workers get through, and how soon a killed one's are taken over.

bench/workers.py                      10,000 runs on SQLite; on PostgreSQL with 1, 2 and 3 workers
bench/workers.py --runs 500 --workers 1 2 --silent-max 10

Everything is the product's own (journals flushed at every event, PgQueuer, the worker's loop) but
the engine, which answers from a script, the gate and the memory, which are the fakes of
`playground.testing`: what is left is orchestration. PostgreSQL is a server of the bench's own on a
socket in /tmp; its programs must be installed. Prints a JSON object for each measurement.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "campaigns"), str(TESTS / "journal")]

from campaign_world import ROOT, CampaignWorld, answer, module
from postgres_server import Server as Database

from playground.campaigns.planning import plan
from playground.domain.campaigns import Records
from playground.domain.ports import GenerationRequest
from playground.domain.queues import Order
from playground.journal.postgres import PostgresJournal
from playground.journal.server.address import Address
from playground.journal.sqlite import SqliteJournal
from playground.queues.places import Place
from playground.queues.postgres import PgRunQueue
from playground.queues.serving import Server
from playground.queues.trees import Trees
from playground.queues.working import Bench, RunWorker, Service
from playground.security.reading import ReadingRules
from playground.testing.workspace import FakeWorkspace

PER_FILE = 5
READY = "Taking runs"


class OneTree(Trees):
    """The tree is in memory and the same everywhere."""

    def __init__(self) -> None:
        super().__init__(ReadingRules())

    def digest(self, root: Path) -> str:
        del root
        return ""


def world_of(journal: Records, *, runs: int, delay_s: float = 0.0) -> CampaignWorld:
    files = {
        f"f{number:05d}.py": module(*(f"g{n}" for n in range(PER_FILE)))
        for number in range(-(-runs // PER_FILE))
    }

    def answered(request: GenerationRequest) -> str:
        time.sleep(delay_s)
        return answer(request)

    return CampaignWorld(journal, FakeWorkspace(files), list(files), answer=answered)


def opened(world: CampaignWorld, *, runs: int) -> list[str]:
    """Opens runs; returns their ids."""
    survey = world.gate.survey(Path(ROOT), paths=())
    tasks = plan(survey, workspace=world.workspace, limit=runs).tasks
    return [world.desk.submit(task) for task in tasks]


def serve(folder: str, *, runs: int, parallel: int, delay_s: float, silent_max_s: float) -> None:
    """Is a worker."""
    address = Address(folder, 5432, "play", "play", "", "disable", "")
    with tempfile.TemporaryDirectory() as heads:
        journal = PostgresJournal(address, heads=Path(heads))
        world = world_of(journal, runs=runs, delay_s=delay_s)
        place = Place(Path(ROOT), Path(ROOT))
        bench = Bench("bench", journal, world.desk, place, OneTree(), "", ())
        worker = RunWorker(bench)

        def told(sentence: str) -> None:
            sys.stdout.write(f"{sentence}\n")
            sys.stdout.flush()

        service = Service(
            ROOT,
            lambda order, check: worker.work(order, check=check),
            parallel,
            silent_max_s,
            told,
        )
        Server(service).run(address)
        journal.close()


@contextmanager
def hired(
    database: Database, given: argparse.Namespace, *, count: int, delay_s: float = 0.0
) -> Iterator[list[subprocess.Popen[str]]]:
    """Starts workers; yields them when they take runs."""
    options = ["--runs", given.runs, "--parallel", given.parallel, "--silent-max", given.silent_max]
    argv = [sys.executable, __file__, "--serve", database.folder, "--delay", delay_s, *options]
    team = [
        subprocess.Popen([str(word) for word in argv], stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for process in team:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(READY)
        yield team
    finally:
        for process in team:
            process.send_signal(signal.SIGTERM)
        for process in team:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.communicate()


def until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.05)


def told(**measured: object) -> None:
    load = round(os.getloadavg()[0], 1)
    sys.stdout.write(json.dumps({**measured, "load_average": load}) + "\n")
    sys.stdout.flush()


def on_sqlite(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = SqliteJournal(Path(folder) / "journal.sqlite")
        world = world_of(journal, runs=given.runs)
        ids = opened(world, runs=given.runs)
        began = time.monotonic()
        with ThreadPoolExecutor(given.parallel) as pool:
            done = list(pool.map(world.desk.advance, ids))
        seconds = time.monotonic() - began
        assert all(run.waiting for run in done)
        journal.close()
    told(journal="sqlite", runs=len(ids), workers=0, runs_per_s=round(len(ids) / seconds, 1))


def emptied(database: Database) -> Address:
    for schema in ("playground", "playground_queue"):
        with closing(database.session()) as session:
            session.tell(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    return database.address()


def left(database: Database) -> int:
    """Returns how many orders are open."""
    with closing(database.session()) as session:
        return int(session.tell("SELECT count(*) FROM playground_queue.pgqueuer")[0][0])


def held(database: Database) -> set[tuple[int, str]]:
    """Returns the orders that somebody has, each with who."""
    with closing(database.session()) as session:
        rows = session.tell(
            "SELECT id, queue_manager_id::text FROM playground_queue.pgqueuer "
            "WHERE status = 'picked'"
        )
    return {(int(row[0]), str(row[1])) for row in rows}


def handed_out(address: Address, given: argparse.Namespace) -> tuple[int, float]:
    """Opens runs and puts them into the queue; returns how many, and seconds of putting."""
    with tempfile.TemporaryDirectory() as heads:
        journal = PostgresJournal(address, heads=Path(heads))
        ids = opened(world_of(journal, runs=given.runs), runs=given.runs)
        began = time.monotonic()
        with closing(PgRunQueue(address)) as queue:
            for run_id in ids:
                queue.put(Order(run_id, ROOT, "", ""))
        seconds = time.monotonic() - began
        journal.close()
    return len(ids), seconds


def on_postgres(database: Database, given: argparse.Namespace, *, workers: int) -> None:
    address = emptied(database)
    count, putting_s = handed_out(address, given)
    with hired(database, given, count=workers):
        until(lambda: left(database) == 0)
    with closing(database.session()) as session:
        rows = session.tell(
            "SELECT max(at) - min(at), count(*) FILTER (WHERE seq = 1) FROM playground.event "
            "WHERE seq > 0"
        )
        seconds, begun = float(rows[0][0]), int(rows[0][1])
    assert begun == count, (begun, count)
    with tempfile.TemporaryDirectory() as heads:
        journal = PostgresJournal(address, heads=Path(heads))
        open_runs = sum(run.waiting is None for run in journal.runs(open_only=True))
        problems = len(journal.verify().problems)
        journal.close()
    told(
        journal="postgres",
        runs=count,
        workers=workers,
        parallel=given.parallel,
        runs_per_s=round(count / seconds, 1),
        puts_per_s=round(count / putting_s, 1),
        not_at_rest=open_runs,
        problems=problems,
    )


def takeover(database: Database, given: argparse.Namespace) -> None:
    """One of two workers is killed with full hands."""
    address = emptied(database)
    small = argparse.Namespace(**{**vars(given), "runs": 4 * given.parallel})
    with hired(database, small, count=1, delay_s=3.0) as first:
        handed_out(address, small)
        until(lambda: len(held(database)) >= given.parallel)
        lost = held(database)
        with hired(database, small, count=1):
            first[0].kill()
            killed = time.monotonic()
            until(lambda: not lost & held(database))
            seconds = time.monotonic() - killed
            until(lambda: left(database) == 0)
    told(
        takeover_s=round(seconds, 1),
        silent_max_s=given.silent_max,
        runs_held=len(lost),
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--parallel", type=int, default=8, help="runs at once in one worker")
    parser.add_argument("--silent-max", type=float, default=30.0)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--delay", type=float, default=0.0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(
            given.serve,
            runs=given.runs,
            parallel=given.parallel,
            delay_s=given.delay,
            silent_max_s=given.silent_max,
        )
        return
    on_sqlite(given)
    database = Database(careful=True)
    try:
        for workers in given.workers:
            on_postgres(database, given, workers=workers)
        takeover(database, given)
    finally:
        database.close()


main()
