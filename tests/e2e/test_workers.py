"""Real workers on a real database: killed, stopped, and their database taken away."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from e2e_world import Ended, Machine, chance, ended, kill, show
from postgres_server import Server

from playground.domain.campaigns import ItemSettled
from playground.domain.events import ProposalMade
from playground.journal.postgres import PostgresJournal

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers")]  # one server

START = ("campaign", "start", ".", "--workers", "--parallel", "6")
SILENT_MAX_S = "4"
FINDINGS = 6
WITHIN_S = 150.0
ENDED = {0, 128 + signal.SIGTERM, -signal.SIGTERM}  # the latter while it was still starting


def until(true: Callable[[], bool], *, within_s: float = WITHIN_S) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


@dataclass
class Site:
    """A person's machine, a database, and workers with copies of the repository.

    Attributes:
        machine: the person's; the workers share its configuration.
        workers: the processes; the first one has the person's own folder, the others a copy.
    """

    machine: Machine
    database: Server
    workers: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])
    others: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    @property
    def copy(self) -> Path:
        return self.machine.folder / "copy"

    def hire(self, number: int) -> subprocess.Popen[str]:
        """Starts the worker of this number, again if need be."""
        copied = (str(self.copy), "--root", str(self.machine.root))
        where = copied if number else (str(self.machine.root),)
        process = self.machine.start("worker", *where, "--silent-max", SILENT_MAX_S)
        self.workers[number : number + 1] = [process]
        return process

    def start(self) -> subprocess.Popen[str]:
        """Starts the campaign, or carries it on."""
        self.others.append(self.machine.start(*START))
        return self.others[-1]

    def dismiss(self) -> list[Ended]:
        """Tells the workers to end once they are there, and waits for it."""
        until(lambda: self._connected() >= len(self.workers))
        for process in self.workers:
            process.send_signal(signal.SIGTERM)
        return [ended(process) for process in self.workers]

    def _connected(self) -> int:
        with closing(self.database.session()) as session:
            rows = session.tell(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'playground queue'"
            )
        return int(rows[0][0])

    def expect_whole(self, *, before: dict[str, str]) -> dict[str, int]:
        """Returns what must be nothing: findings lost, runs done twice, files written."""
        heads = self.machine.folder / "heads-of-the-test"
        with closing(PostgresJournal(self.database.address(), heads=heads)) as journal:
            runs = journal.runs()
            problems = journal.verify().problems
            (campaign,) = journal.campaigns()
            events = journal.campaign_events(campaign)
        keys = Counter(run.task.key for run in runs)
        made = Counter(run.id for run in runs for e in run.events if isinstance(e, ProposalMade))
        settled = Counter(e.number for e in events if isinstance(e, ItemSettled))
        return {
            "lost": FINDINGS - len(made),
            "repeated": sum(n - 1 for n in (*keys.values(), *made.values(), *settled.values())),
            "written": int(self.machine.tree() != before) + len(self._differing()),
            "problems": len(problems),
        }

    def _differing(self) -> list[str]:
        return [
            path.name
            for path in self.machine.root.glob("*.py")
            if (self.copy / path.name).read_bytes() != path.read_bytes()
        ]


NOTHING = {"lost": 0, "repeated": 0, "written": 0, "problems": 0}


@contextmanager
def site(folder: Path, database: Server, *, delay_s: float) -> Generator[Site]:
    """Yields a site on an emptied database; none of its processes stays behind."""
    for schema in ("playground", "playground_queue"):
        with closing(database.session()) as session:
            session.tell(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    machine = Machine(folder)
    machine.prepare(
        delay_s=delay_s, settings={"analyzers": ["ruff"], "journal": {"url": database.url}}
    )
    here = Site(machine, database)
    shutil.copytree(machine.root, here.copy)
    try:
        yield here
    finally:
        for process in (*here.workers, *here.others):
            if process.poll() is None:
                process.kill()
                process.communicate()


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    server = Server(careful=True)
    yield server
    server.close()


@dataclass
class Tally:
    """Sums over all sites."""

    kills: int = 0
    sites: int = 0
    lost: int = 0
    repeated: int = 0
    written: int = 0
    problems: int = 0


def survive(folder: Path, database: Server, *, kills: int, seed: int) -> Tally:
    """Kills workers, and now and then the process that hands out, at random moments."""
    tally = Tally()
    chances = (chance(seed, number) for number in count())
    while tally.kills < kills:
        with site(folder / f"site{tally.sites}", database, delay_s=0.3) as here:
            before = here.machine.tree()
            for number in range(3):
                here.hire(number)
            person = here.start()
            while person.poll() is None and tally.kills < kills:
                time.sleep(3 * next(chances))
                number = int(4 * next(chances))
                if number == 3 and kill(person):
                    person = here.start()
                elif number < 3 and kill(here.workers[number]):
                    here.hire(number)
                else:
                    continue
                tally.kills += 1
            assert ended(person, within_s=WITHIN_S).code == 0
            assert {worker.code for worker in here.dismiss()} <= ENDED
            for name, amount in here.expect_whole(before=before).items():
                setattr(tally, name, getattr(tally, name) + amount)
        tally.sites += 1
    show(tally)
    return tally


@pytest.mark.timeout(600)
def test_kills_lose_nothing_and_repeat_nothing(tmp_path: Path, database: Server) -> None:
    tally = survive(tmp_path, database, kills=6, seed=1)
    assert (tally.lost, tally.repeated, tally.written, tally.problems) == (0, 0, 0, 0)


@pytest.mark.timeout(600)
def test_a_zombie_and_a_crash_of_the_database_harm_nothing(
    tmp_path: Path, database: Server
) -> None:
    with site(tmp_path / "site", database, delay_s=1.0) as here:
        before = here.machine.tree()
        zombie = here.hire(0)
        person = here.start()
        until(lambda: bool(here.machine.asked))
        zombie.send_signal(signal.SIGSTOP)
        here.hire(1)
        database.stop("immediate")
        time.sleep(2.0)
        database.start()
        assert ended(person, within_s=WITHIN_S).code == 0
        zombie.send_signal(signal.SIGCONT)
        codes = [worker.code for worker in here.dismiss()]
        assert here.expect_whole(before=before) == NOTHING
    assert set(codes) <= ENDED


@pytest.mark.timeout(600)
def test_a_worker_whose_files_differ_leaves_the_runs_to_others(
    tmp_path: Path, database: Server
) -> None:
    with site(tmp_path / "site", database, delay_s=0.1) as here:
        (here.copy / "names.py").write_text("")
        here.hire(0)
        stale = here.hire(1)
        until(lambda: stale.poll() is None)
        person = here.start()
        code = ended(person, within_s=WITHIN_S).code
        said = here.dismiss()[1]
    assert code == 0 or "differ" in said.err
    assert "proposed" not in said.err


@pytest.mark.timeout(600)
def test_a_second_signal_ends_a_worker_at_once(tmp_path: Path, database: Server) -> None:
    with site(tmp_path / "site", database, delay_s=60.0) as here:
        worker = here.hire(0)
        here.start()
        until(lambda: bool(here.machine.asked))
        worker.send_signal(signal.SIGTERM)
        time.sleep(1.0)
        assert worker.poll() is None  # the step that is under way takes a minute
        worker.send_signal(signal.SIGTERM)
        assert ended(worker, within_s=20).code == -signal.SIGTERM


@pytest.mark.timeout(600)
def test_workers_need_a_database(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.prepare(settings={"analyzers": ["ruff"]})
    for argv in (("worker",), START):
        result = machine.run(*argv)
        assert result.code == 2
        assert "set tools.journal.url" in result.err
