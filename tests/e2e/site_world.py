"""A person's machine, a database and real workers, which are killed, stopped and cut off.

What must be nothing is counted: findings lost, things recorded twice, calls asked again after their
answer was recorded, files written, and problems that the audit finds.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from e2e_world import FILES, Ended, Machine, chance, ended, kill, recorded_requests, show
from postgres_server import Server
from separate_hosts import Host
from waiting import until

from playground.domain.campaigns import ItemSettled
from playground.domain.events import ProposalMade
from playground.domain.runs import Run
from playground.journal.postgres import PostgresJournal

SILENT_MAX_S = "4"
FINDINGS = 6  # in each copy of the files
WITHIN_S = 150.0
ENDED = {0, 128 + signal.SIGTERM, -signal.SIGTERM}  # the latter while it was still starting
_CONNECTED = (
    "SELECT count(DISTINCT pid) FROM pg_stat_activity WHERE application_name = 'playground queue'"
)


@dataclass
class Tally:
    """Sums over sites.

    Attributes:
        disturbed: how often something was killed, stopped, crashed or cut off.
        sites: repositories that this took.
        runs: on them.
        calls: questions to the engine, all machines together.
        lost: findings without a proposal.
        repeated: runs, proposals and ends of items that were recorded a second time.
        again: calls that were made although their answer was recorded already.
        written: trees in which anything was written.
        problems: that the audit found.
    """

    disturbed: int = 0
    sites: int = 0
    runs: int = 0
    calls: int = 0
    lost: int = 0
    repeated: int = 0
    again: int = 0
    written: int = 0
    problems: int = 0

    @property
    def faults(self) -> dict[str, int]:
        """What must be nothing, whatever happened."""
        names = ("lost", "repeated", "written", "problems")
        return {name: getattr(self, name) for name in names}


NOTHING = Tally().faults


@dataclass
class Site:
    """A person's machine, a database, and workers with copies of the repository.

    Attributes:
        machine: the person's.
        database: holds journal and queue.
        places: machines of workers, by number; the person's own for those without one.
        workers: the newest process of each number.
        others: processes that hand out.
        findings: to repair.
    """

    machine: Machine
    database: Server
    findings: int
    places: list[Machine] = field(default_factory=list[Machine])
    workers: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])
    others: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    def __post_init__(self) -> None:
        self.before = self.machine.tree()
        self.seen: list[tuple[set[str], list[int]]] = []

    def place(self, number: int, *, host: Host | None = None) -> Machine:
        """Returns the machine of a worker, made at first; with a host its own is used."""
        while len(self.places) <= number:
            url, name = self.database.url, f"worker{len(self.places)}"
            if host is not None:
                url = f"postgresql://play@{host.here}:{self.database.port}/play?sslmode=disable"
            machine = Machine(self.machine.folder / name, files=self.machine.files)
            machine.prepare(delay_s=self._delay_s, settings=_settings(url))
            self.places.append(machine)
        return self.places[number]

    def hire(self, number: int, *, host: Host | None = None) -> subprocess.Popen[str]:
        """Starts the worker of this number, again if need be, on its own machine."""
        machine = self.place(number, host=host)
        argv = ("worker", str(machine.root), "--root", str(self.machine.root))
        narrowed = f'exec {" ".join(host.prefix)} "$@"' if host else ""
        process = machine.start(*argv, "--silent-max", SILENT_MAX_S, narrowed=narrowed)
        self.workers[number : number + 1] = [process]
        return process

    def start(self) -> subprocess.Popen[str]:
        """Starts the campaign, or carries it on."""
        argv = ("campaign", "start", ".", "--workers", "--parallel", "6")
        self.others.append(self.machine.start(*argv))
        return self.others[-1]

    def dismiss(self) -> list[Ended]:
        """Tells the workers to end once they are there, and waits for it."""
        until(lambda: self.connected() >= len(self.workers))
        for process in self.workers:
            process.send_signal(signal.SIGTERM)
        return [ended(process) for process in self.workers]

    def connected(self, *, where: str = "TRUE") -> int:
        """Returns how many sessions of workers there are."""
        with closing(self.database.session()) as session:
            return int(session.tell(f"{_CONNECTED} AND {where}")[0][0])

    def runs(self) -> list[Run]:
        """Returns the runs as the database has them."""
        with closing(self._journal()) as journal:
            return journal.runs()

    def asked(self) -> list[list[str]]:
        """Returns the ids of requests that each machine's engine got, the person's first."""
        return [machine.asked for machine in (self.machine, *self.places)]

    def note(self) -> None:
        """Remembers what is recorded now: none of it may be asked for from now on."""
        self.seen.append((recorded_requests(self.runs()), list(map(len, self.asked()))))

    def expect_whole(self) -> Tally:
        """Counts what must be nothing."""
        with closing(self._journal()) as journal:
            runs = journal.runs()
            problems = journal.verify().problems
            (campaign,) = journal.campaigns()
            events = journal.campaign_events(campaign)
        keys = Counter(run.task.key for run in runs)
        made = Counter(run.id for run in runs for e in run.events if isinstance(e, ProposalMade))
        settled = Counter(e.number for e in events if isinstance(e, ItemSettled))
        trees = [machine.tree() for machine in (self.machine, *self.places)]
        return Tally(
            sites=1,
            runs=len(runs),
            calls=sum(map(len, self.asked())),
            lost=self.findings - len(made),
            repeated=sum(n - 1 for n in (*keys.values(), *made.values(), *settled.values())),
            again=self._again(),
            written=sum(tree != self.before for tree in trees),
            problems=len(problems),
        )

    def _again(self) -> int:
        logs = self.asked()
        return len(
            {
                (log, at)
                for recorded, lengths in self.seen
                for log, ids in enumerate(logs)
                for at in range(lengths[log] if log < len(lengths) else 0, len(ids))
                if ids[at] in recorded
            }
        )

    @property
    def _delay_s(self) -> float:
        return float((self.machine.folder / "delay").read_text())

    def _journal(self) -> PostgresJournal:
        return PostgresJournal(
            self.database.address(), heads=self.machine.folder / "heads-of-the-test"
        )


def _settings(url: str) -> dict[str, object]:
    return {"analyzers": ["ruff"], "journal": {"url": url}}


@contextmanager
def site(folder: Path, database: Server, *, delay_s: float, copies: int = 1) -> Generator[Site]:
    """Yields a site on an emptied database; none of its processes stays behind.

    Args:
        folder: for everything of it.
        database: is emptied.
        delay_s: how long the engine takes for an answer.
        copies: how often the repository has the usual files.
    """
    for schema in ("playground", "playground_queue"):
        with closing(database.session()) as session:
            session.tell(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    prefixes = ["", *(f"more{number}/" for number in range(1, copies))]
    files = {f"{prefix}{path}": text for prefix in prefixes for path, text in FILES.items()}
    machine = Machine(folder, files=files)
    machine.prepare(delay_s=delay_s, settings=_settings(database.url))
    (folder / "delay").write_text(str(delay_s))
    here = Site(machine, database, FINDINGS * copies)
    try:
        yield here
    finally:
        for process in (*here.workers, *here.others):
            if process.poll() is None:
                process.kill()
                process.communicate()


def survive(folder: Path, database: Server, *, kills: int, seed: int) -> Tally:
    """Kills workers, and now and then the process that hands out, at random moments."""
    tally = Tally()
    chances = (chance(seed, number) for number in count())
    while tally.disturbed < kills:
        with site(folder / f"site{tally.sites}", database, delay_s=0.3) as here:
            for number in range(3):
                here.hire(number)
            person = here.start()
            while person.poll() is None and tally.disturbed < kills:
                time.sleep(3 * next(chances))
                number = int(4 * next(chances))
                if number == 3 and kill(person):
                    person = here.start()
                elif number < 3 and kill(here.workers[number]):
                    here.note()
                    here.hire(number)
                else:
                    continue
                tally.disturbed += 1
            close(here, person, tally=tally)
    show(tally)
    return tally


def survive_crashes(folder: Path, database: Server, *, crashes: int, seed: int) -> Tally:
    """Crashes the database and starts it again while three workers are busy."""
    tally = Tally()
    chances = (chance(seed, number) for number in count())
    while tally.disturbed < crashes:
        with site(folder / f"site{tally.sites}", database, delay_s=0.3, copies=3) as here:
            for number in range(3):
                here.hire(number)
            person = here.start()
            until(lambda: any(here.asked()))
            while person.poll() is None and tally.disturbed < crashes:
                time.sleep(1 + 3 * next(chances))
                database.stop("immediate")
                time.sleep(2 * next(chances))
                database.start()
                tally.disturbed += 1
            close(here, person, tally=tally)
    show(tally)
    return tally


def survive_zombies(folder: Path, database: Server, *, stops: int, seed: int) -> Tally:
    """Stops workers for longer than they may be silent, and lets them go on afterwards."""
    tally = Tally()
    chances = (chance(seed, number) for number in count())
    while tally.disturbed < stops:
        with site(folder / f"site{tally.sites}", database, delay_s=1.0, copies=3) as here:
            for number in range(3):
                here.hire(number)
            person = here.start()
            while person.poll() is None and tally.disturbed < stops:
                zombie = int(3 * next(chances))
                if not here.places[zombie].asked:
                    time.sleep(0.1)
                    continue
                here.workers[zombie].send_signal(signal.SIGSTOP)
                time.sleep(float(SILENT_MAX_S) + 4 * next(chances))
                here.workers[zombie].send_signal(signal.SIGCONT)
                tally.disturbed += 1
                time.sleep(2 * next(chances))
            close(here, person, tally=tally)
    show(tally)
    return tally


def survive_cuts(
    folder: Path, listening: Server, *, hosts: Sequence[Host], cut_s: float, turns: int
) -> Tally:
    """Cuts the first hosts off while they work, one after the other, and mends the line.

    The line is mended when others have brought to rest what the host had at hand, and not before
    `cut_s` seconds.
    """
    tally = Tally()
    for number, host in enumerate(hosts[:turns]):
        with site(folder / f"site{number}", listening, delay_s=1.0, copies=3) as here:
            for other, its_host in enumerate(hosts):
                here.hire(other, host=its_host)
            person = here.start()
            cut_off(here, host, number=number, cut_s=cut_s)
            tally.disturbed += 1
            close(here, person, tally=tally)
    show(tally)
    return tally


def cut_off(here: Site, host: Host, *, number: int, cut_s: float) -> None:
    """Cuts one host off once it works, until others did its work, and waits until it is back."""
    place = here.places[number]
    until(lambda: bool(place.asked))
    began = time.monotonic()
    host.cut(off=True)
    try:
        here.note()
        at_hand = {asked.rsplit("-", 2)[0] for asked in place.asked}
        until(lambda: at_hand <= {run.id for run in here.runs() if run.waiting is not None})
        time.sleep(max(0.0, began + cut_s - time.monotonic()))
    finally:
        host.cut(off=False)
    with closing(here.database.session()) as session:
        (row,) = session.tell("SELECT clock_timestamp()::text")
    heard = f"client_addr = '{host.there}' AND query_start > '{row[0]}'"
    until(lambda: here.connected(where=heard) > 0)


def close(here: Site, person: subprocess.Popen[str], *, tally: Tally) -> None:
    """Waits for the campaign's end, dismisses the workers and adds what was counted."""
    said = ended(person, within_s=2 * WITHIN_S)
    assert said.code == 0, said.err
    assert {worker.code for worker in here.dismiss()} <= ENDED
    for name, amount in vars(here.expect_whole()).items():
        setattr(tally, name, getattr(tally, name) + amount)
