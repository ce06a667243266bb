#!/usr/bin/env python3
"""How many queued runs a second workers get through, and how soon a killed one's are taken over.

bench/workers.py                  10,000 runs on SQLite, and as many on PostgreSQL: a third with one
                                  worker, a third with two, a third with three
bench/workers.py --runs 500 --workers 1 2 --silent-max 10

Everything is the product's own (journals flushed at every event, PgQueuer, the worker's loop) but
the engine, which answers from a script, the gate and the memory, which are the fakes of
`playground.testing`: what is left is orchestration. PostgreSQL is a server of the bench's own on a
socket in /tmp; its programs must be installed. Prints a line for each measurement, as a table in
Markdown; processor time is that of all processes, the database included.
"""

from __future__ import annotations

import argparse
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
from measuring import cpu_ms
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


def until(true: Callable[[], bool], *, every_s: float = 0.05) -> None:
    while not true():
        time.sleep(every_s)


def told(*cells: object) -> None:
    load = round(os.getloadavg()[0], 1)
    sys.stdout.write(f"| {' | '.join(str(cell) for cell in (*cells, load))} |\n")
    sys.stdout.flush()


def on_sqlite(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = SqliteJournal(Path(folder) / "journal.sqlite")
        world = world_of(journal, runs=given.runs)
        ids = opened(world, runs=given.runs)
        began, cpu = time.monotonic(), cpu_ms()
        with ThreadPoolExecutor(given.parallel) as pool:
            done = list(pool.map(world.desk.advance, ids))
        seconds, cpu = time.monotonic() - began, cpu_ms() - cpu
        assert all(run.waiting for run in done)
        assert journal.verify().problems == ()
        journal.close()
    told("SQLite, in the process itself", len(ids), *rates(len(ids), seconds, cpu))


def rates(runs: int, seconds: float, cpu: float) -> tuple[float, float]:
    """Returns runs a second, and milliseconds of processor time for each."""
    return round(runs / seconds, 1), round(cpu / runs, 1)


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


def on_postgres(database: Database, given: argparse.Namespace) -> None:
    """All runs are queued at once; each number of workers gets its share of them done."""
    address = emptied(database)
    cpu = cpu_ms()
    count, putting_s = handed_out(address, given)
    told("PostgreSQL, put into the queue", count, *rates(count, putting_s, cpu_ms() - cpu))
    for turn, workers in enumerate(given.workers, start=1):
        target = count - count * turn // len(given.workers)
        with hired(database, given, count=workers):
            before, began, cpu = left(database), time.monotonic(), cpu_ms()
            until(lambda target=target: left(database) <= target, every_s=0.5)
            done, seconds = before - left(database), time.monotonic() - began
            cpu = cpu_ms() - cpu
        what = f"PostgreSQL, {workers} {'workers' if workers > 1 else 'worker'}"
        told(f"{what}, {given.parallel} at a time each", done, *rates(done, seconds, cpu))
    with tempfile.TemporaryDirectory() as heads:
        journal = PostgresJournal(address, heads=Path(heads))
        runs = journal.runs()
        assert len(runs) == count
        assert all(run.waiting for run in runs), "a run is not at rest"
        assert journal.verify().problems == ()
        journal.close()


def takeover(database: Database, given: argparse.Namespace) -> None:
    """One of two workers is killed with full hands, when the other has done all the rest."""
    address = emptied(database)
    small = argparse.Namespace(**{**vars(given), "runs": 4 * given.parallel})
    with hired(database, small, count=1, delay_s=300.0) as first:
        handed_out(address, small)
        until(lambda: len(held(database)) >= given.parallel)
        with hired(database, small, count=1):
            until(lambda: left(database) == given.parallel)
            lost = held(database)
            first[0].kill()
            killed = time.monotonic()
            until(lambda: not lost & held(database))
            seconds = time.monotonic() - killed
            until(lambda: left(database) == 0)
    load = round(os.getloadavg()[0], 1)
    sys.stdout.write(
        f"\n{len(lost)} runs of a killed worker were taken over after {seconds:.1f} s, where "
        f"workers may be silent for {given.silent_max:g} s; load {load}.\n"
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
    sys.stdout.write(
        "| what | runs | runs/s | CPU ms/run | load |\n| --- | --- | --- | --- | --- |\n"
    )
    on_sqlite(given)
    database = Database(careful=True)
    try:
        on_postgres(database, given)
        takeover(database, given)
    finally:
        database.close()


main()
